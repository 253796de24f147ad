package filter_test

import (
	"bufio"
	"os"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/filter"
)

// Five filters as people type them.
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
				if _, err := filter.Compile(f.expr, filter.Options{Link: filter.LinkEthernet}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch is the time of one packet, over the samples' Ethernet frames in turn; with bpf it is that of golang.org/x/net/bpf's interpreter.
func BenchmarkMatch(b *testing.B) {
	list := frames(b)[filter.LinkEthernet]
	for _, f := range typical {
		p, err := filter.Compile(f.expr, filter.Options{Link: filter.LinkEthernet})
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

// BenchmarkPass reads and filters a whole file, $PORTSNIFF_BENCH_FILE, and writes what passes to /dev/null, as tcpdump -r FILE -w /dev/null EXPR does.
func BenchmarkPass(b *testing.B) {
	name := os.Getenv("PORTSNIFF_BENCH_FILE")
	if name == "" {
		b.Skip("SKIPPED: no file to read: set PORTSNIFF_BENCH_FILE")
	}
	for _, f := range typical {
		p, err := filter.Compile(f.expr, filter.Options{Link: filter.LinkEthernet})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				passed, all := pass(b, name, p)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(all), "ns/packet")
				b.ReportMetric(float64(passed), "passed")
			}
		})
	}
}

// pass writes the records that a program selects, and tells how many there were.
func pass(b *testing.B, name string, p *filter.Program) (passed, all int) {
	f, err := capture.Open(name, capture.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	w := bufio.NewWriterSize(null, 64<<10)
	records := make([]capture.Record, 64)
	var head [16]byte
	for {
		n, _ := f.Batch(records)
		if n == 0 {
			var q capture.Packet
			if f.Next(&q) != nil {
				return passed, all
			}
			records[0], n = q.Record(), 1
		}
		all += n
		for i := range records[:n] {
			if r := &records[i]; p.Match(r.Data, int(r.Length)) {
				passed++
				w.Write(head[:]) // to /dev/null nothing fails
				w.Write(r.Data)
			}
		}
	}
}
