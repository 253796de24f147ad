package pcapfile

import (
	"bytes"
	"io"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// benchPackets is the number of packets in the benchmarks' files. Each has benchSize bytes. 112
// bytes is the mean record size of a capture with a snapshot length of 128.
const (
	benchPackets = 100_000
	benchSize    = 96
)

// benchFile returns a capture in one of the formats.
func benchFile(format string) []byte {
	pcap, ng := plainHeader().bytes(le), join(shb(le), idb(le, 1, 262144, option(le, 9, []byte{9})))
	for i := range benchPackets {
		data := frame(benchSize, byte(i))
		switch format {
		case "pcap":
			pcap = append(pcap, simpleRecord(le, uint32(i), 2, data)...)
		case "pcapng":
			ng = append(ng, epb(le, 0, uint64(i)*1e9, data)...)
		}
	}
	if format == "pcap" {
		return pcap
	}
	return ng
}

// BenchmarkNext measures one packet, reading from memory, so that only the framing counts.
func BenchmarkNext(b *testing.B) {
	for _, format := range []string{"pcap", "pcapng"} {
		b.Run(format, func(b *testing.B) { benchmarkNext(b, benchFile(format), NewReader) })
	}
	b.Run("pcapng the long way", func(b *testing.B) {
		benchmarkNext(b, benchFile("pcapng"),
			newLongWay)
	})
	pcap := benchFile("pcap")
	for name, data := range map[string][]byte{"gzip": compressGzip(b, pcap),
		"zstd": compressZstd(b, pcap, 8<<20), "lz4": compressLZ4(b, pcap)} {
		b.Run(name, func(b *testing.B) { benchmarkNext(b, data, NewReader) })
	}
}

func benchmarkNext(b *testing.B, data []byte,
	open func(io.Reader, string, Options) (*File, error)) {
	b.ReportAllocs()
	var p capture.Packet
	var bytesRead int64
	for n := 0; n < b.N; {
		f, err := open(bytes.NewReader(data), "bench", Options{})
		if err != nil {
			b.Fatal(err)
		}
		for ; n < b.N; n++ {
			if err = f.Next(&p); err != nil {
				break
			}
			bytesRead += int64(len(p.Data))
		}
		if err != nil && err != io.EOF {
			b.Fatal(err)
		}
		f.Close()
	}
	b.SetBytes(bytesRead / int64(b.N))
}
