package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// protos are the protocols of the registry in the order of a row's protocols.
var protos = [...]string{"tcp", "udp", "sctp", "dccp"}

const maxPort = 65535

// A key is one port of one protocol, the latter as an index in protos.
type key struct{ port, proto int }

// An entry is IANA's name and description, and other names of the port, separated by spaces.
type entry struct{ name, doc, also string }

// parse reads the package: {"53/udp": ["domain", "Domain Name Server"], ...}. Ports without a name
// are reserved or unassigned.
func parse(index []byte) (map[key]entry, error) {
	var raw map[string][2]string
	if err := json.Unmarshal(index, &raw); err != nil {
		return nil, err
	}
	entries := make(map[key]entry, len(raw))
	for id, e := range raw {
		k, err := parseKey(id)
		if err != nil {
			return nil, err
		}
		if e[0] != "" {
			entries[k] = entry{name: e[0], doc: strings.Join(strings.Fields(e[1]), " ")}
		}
	}
	return entries, nil
}

func parseKey(id string) (key, error) {
	number, word, _ := strings.Cut(id, "/")
	port, err := strconv.ParseUint(number, 10, 16)
	proto := slices.Index(protos[:], word)
	if err != nil || proto < 0 {
		return key{}, fmt.Errorf("%q is not a port and protocol", id)
	}
	return key{int(port), proto}, nil
}

// rows returns one port's lines without the port: "/tcp/udp\tdomain\tDomain Name Server". Protocols
// with the same name and description share a line.
func rows(entries map[key]entry, port int) (lines []string) {
	var done [len(protos)]bool
	for i := range protos {
		e, ok := entries[key{port, i}]
		if !ok || done[i] {
			continue
		}
		var same strings.Builder
		for j := i; j < len(protos); j++ {
			if entries[key{port, j}] == e {
				done[j] = true
				same.WriteString("/" + protos[j])
			}
		}
		line := same.String() + "\t" + e.name + "\t" + e.doc
		if e.also != "" {
			line += "\t" + e.also
		}
		lines = append(lines, line)
	}
	return lines
}

// table formats the entries by ascending port. Adjacent ports with the same lines form a range.
func table(entries map[key]entry) []byte {
	var text bytes.Buffer
	text.WriteString(header(len(entries)))
	for low := 0; low <= maxPort; {
		lines, high := rows(entries, low), low
		for len(lines) > 0 && high < maxPort && slices.Equal(lines, rows(entries, high+1)) {
			high++
		}
		ports := strconv.Itoa(low)
		if high > low {
			ports += "-" + strconv.Itoa(high)
		}
		for _, l := range lines {
			text.WriteString(ports + l + "\n")
		}
		low = high + 1
	}
	return text.Bytes()
}
