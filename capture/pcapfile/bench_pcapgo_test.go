//go:build pcapgo

package pcapfile

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"
)

// BenchmarkPcapgo measures gopacket's own reader on the same packets, without its copy.
func BenchmarkPcapgo(b *testing.B) {
	type source interface {
		ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	}
	open := map[string]func(io.Reader) (source, error){
		"pcap": func(r io.Reader) (source, error) { return pcapgo.NewReader(r) },
		"pcapng": func(r io.Reader) (source, error) {
			return pcapgo.NewNgReader(r,
				pcapgo.DefaultNgReaderOptions)
		},
	}
	for _, format := range []string{"pcap", "pcapng"} {
		b.Run(format, func(b *testing.B) {
			data := benchFile(format)
			b.ReportAllocs()
			for n := 0; n < b.N; {
				r, err := open[format](bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				for ; n < b.N; n++ {
					if _, _, err := r.ZeroCopyReadPacketData(); err != nil {
						break
					}
				}
			}
		})
	}
}
