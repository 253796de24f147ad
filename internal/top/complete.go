package top

import (
	"slices"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/selection/where"
)

// wordBytes are the bytes of words that can be completed in a filter.
const wordBytes = "abcdefghijklmnopqrstuvwxyz0123456789._-"

// filterWords are the words of tcpdump's language that Tab completes.
var filterWords = []string{"broadcast", "ether", "gateway", "greater", "host", "icmp", "icmp6",
	"less", "mpls", "multicast", "portrange", "proto", "sctp", "vlan"}

// words returns all words that Tab completes, in order: names of --where, words of tcpdump's
// language, and services.
var words = sync.OnceValue(func() []string {
	list := slices.DeleteFunc(where.Names(), func(name string) bool {
		return name == "process" || name == "pid" || name == "user" // ParseFilter rejects these
	})
	list = append(list, filterWords...)
	for _, proto := range decode.Protos() {
		for port := range 1 << 16 {
			if name := annotate.Registered(proto, uint16(port)).Name; name != "" {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
})

// complete extends the word before the cursor by the text that all matching words share. It returns
// the matching words, or nil if the word is complete or no word matches.
func (l *line) complete() []string {
	before := string(l.text[:l.at])
	word := before[len(strings.TrimRight(before, wordBytes)):]
	if word == "" {
		return nil
	}
	all := words()
	from, _ := slices.BinarySearch(all, word)
	list := all[from:]
	if end := slices.IndexFunc(list, func(w string) bool {
		return !strings.HasPrefix(w, word)
	}); end >= 0 {
		list = list[:end]
	}
	if len(list) == 0 {
		return nil
	}
	common := list[0]
	for !strings.HasPrefix(list[len(list)-1], common) {
		common = common[:len(common)-1]
	}
	l.insert(common[len(word):])
	if len(list) == 1 {
		l.insert(" ")
		return nil
	}
	return slices.Clone(list)
}
