package filter_test

import (
	"testing"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// Five typical filters.
var typical = []struct{ name, expr string }{
	{"port", "tcp port 443"},
	{"host", "host 10.0.0.1 and port 53"},
	{"nets", "net 10.0.0.0/8 or net 192.168.0.0/16 or ip6 net fd00::/8"},
	{"syn", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0"},
	{"rest", "not (port 22 or 80 or 443) and not arp and not icmp6"},
}

func BenchmarkCompile(b *testing.B) {
	for _, f := range typical {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := filter.Compile(f.expr,
					filter.Options{Link: linktype.Ethernet}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch measures one packet, over the samples' Ethernet frames in turn. With bpf it
// measures the interpreter of golang.org/x/net/bpf.
func BenchmarkMatch(b *testing.B) {
	list := frames(b)[linktype.Ethernet]
	for _, f := range typical {
		p, err := filter.Compile(f.expr, filter.Options{Link: linktype.Ethernet})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(f.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				f := &list[i%len(list)]
				p.Match(f.data, f.wire)
			}
		})
		raw, err := p.Raw()
		if err != nil {
			b.Fatal(err)
		}
		instructions, ok := bpf.Disassemble(raw)
		if !ok {
			b.Fatal("an instruction is unknown")
		}
		vm, err := bpf.NewVM(instructions)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("bpf/"+f.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := vm.Run(list[i%len(list)].data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
