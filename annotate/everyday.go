package annotate

import (
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// An everyday is how people say and write a service that IANA registered under another word.
type everyday struct {
	name  string       // IANA's
	proto decode.Proto // ProtoNone for all
	said  string
	label string // name and said, "" where they are the same word
}

// everydays are the rows by IANA's name.
var everydays = byName([]everyday{
	{name: "domain", said: "DNS"},
})

func byName(rows []everyday) map[string][]everyday {
	m := make(map[string][]everyday, len(rows))
	for _, e := range rows {
		if !sameWord(e.name, e.said) {
			e.label = e.name + " (" + e.said + ")"
		}
		m[e.name] = append(m[e.name], e)
	}
	return m
}

// sameWord says whether two names differ in nothing but capitals, hyphens and spaces, as ftp-data and "FTP data" do.
func sameWord(a, b string) bool {
	strip := strings.NewReplacer("-", "", " ", "")
	return strings.EqualFold(strip.Replace(a), strip.Replace(b))
}

// everydayOf finds the row for a service; it is empty where there is none.
func everydayOf(name string, proto decode.Proto) everyday {
	for _, e := range everydays[name] {
		if e.proto == decode.ProtoNone || e.proto == proto {
			return e
		}
	}
	return everyday{}
}
