// Package annotate says what a port number means: the name IANA registered for
// it. A registered name proves nothing about the bytes.
package annotate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/decode"
)

//go:generate go run ./gen index.json registry.txt.gz

//go:embed registry.txt.gz
var packed []byte

// Service is one registered name.
type Service struct {
	Name, Description string
	Proto             decode.Proto
	Port              uint16
}

type key struct {
	proto decode.Proto
	port  uint16
}

var index = sync.OnceValue(func() map[key]Service {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("annotate: embedded registry: " + err.Error())
	}
	protos := map[string]decode.Proto{}
	for _, p := range decode.Protos() {
		protos[p.String()] = p
	}
	m := make(map[key]Service, 12000)
	s := bufio.NewScanner(z)
	for s.Scan() {
		id, rest, ok := strings.Cut(s.Text(), "\t")
		if !ok {
			continue
		}
		num, proto, _ := strings.Cut(id, "/")
		name, doc, _ := strings.Cut(rest, "\t")
		n, err := strconv.ParseUint(num, 10, 16)
		if err != nil {
			panic("annotate: embedded registry: " + err.Error())
		}
		k := key{protos[proto], uint16(n)}
		m[k] = Service{name, doc, k.proto, k.port}
	}
	if err := s.Err(); err != nil {
		panic("annotate: embedded registry: " + err.Error())
	}
	return m
})

// Lookup finds the service registered for a port. UDP-Lite uses UDP's
// registrations (RFC 3828, section 6). It allocates nothing after its first call.
func Lookup(proto decode.Proto, port uint16) (Service, bool) {
	if proto == decode.ProtoUDPLite {
		proto = decode.ProtoUDP
	}
	s, ok := index()[key{proto, port}]
	return s, ok
}

// ServiceName is IANA's name for a port, or "" where there is none.
func ServiceName(proto decode.Proto, port uint16) string {
	s, _ := Lookup(proto, port)
	return s.Name
}
