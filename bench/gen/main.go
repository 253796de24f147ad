// Command gen writes captures for measurements of speed. The same flags produce the same bytes on
// every machine.
//
//	go run ./bench/gen -o mix.pcap                    10 million packets of a million flows
//	go run ./bench/gen -mix peers -o peers.pcap       many ports, IPv6, VLANs, fragments, tunnels
//	go run ./bench/gen -scan 10000000 -o scan.pcap    a SYN scan, each packet a flow of its own
//	go run ./bench/gen -format pcapng -compress zstd -o mix.pcapng.zst
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// options holds the values of the flags.
type options struct {
	packets, flows, scan int
	seed                 uint64
	mix                  string
	format, compress     string
	out                  string
}

func main() {
	var o options
	flag.IntVar(&o.packets, "packets", 10_000_000, "`number` of packets")
	flag.IntVar(&o.flows, "flows", 1_000_000,
		"`number` of flows, not more than a quarter of the packets")
	flag.StringVar(&o.mix, "mix", "services",
		"services (clients of few ports) or peers (many ports)")
	flag.IntVar(&o.scan, "scan", 0,
		"`number` of SYNs, each to another address and port, in place of the mix")
	flag.Uint64Var(&o.seed, "seed", 1, "start of the random numbers")
	flag.StringVar(&o.format, "format", "pcap", "pcap or pcapng")
	flag.StringVar(&o.compress, "compress", "", "gzip or zstd")
	flag.StringVar(&o.out, "o", "", "`file` to write, standard output if empty")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(o options) (err error) {
	file := os.Stdout
	if o.out != "" {
		if file, err = os.Create(o.out); err != nil {
			return err
		}
		defer func() {
			if e := file.Close(); err == nil {
				err = e
			}
		}()
	}
	plain := bufio.NewWriterSize(file, 1<<20)
	packed, err := compressor(plain, o.compress)
	if err != nil {
		return err
	}
	if err := write(packed, o); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return plain.Flush()
}

func write(w io.Writer, o options) error {
	out, err := newWriter(w, o.format)
	if err != nil {
		return err
	}
	if o.scan > 0 {
		scan(out, o)
	} else if err := mix(out, o); err != nil {
		return err
	}
	return out.err
}

// uncompressed is a writer whose Close does nothing.
type uncompressed struct{ io.Writer }

func (uncompressed) Close() error { return nil }

func compressor(w io.Writer, name string) (io.WriteCloser, error) {
	switch name {
	case "":
		return uncompressed{w}, nil
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.DefaultCompression)
	case "zstd":
		// more encoders would end blocks at other places
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, fmt.Errorf("-compress %q is neither gzip nor zstd", name)
}
