package decode_test

import (
	"testing"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/decode"
)

// BenchmarkNewPacket decodes the frames of the samples as gopacket.Packet, with this package and
// with gopacket's own decoders. The latter stop at tunnels, fragments and quotes, but decode DNS
// and other applications.
func BenchmarkNewPacket(b *testing.B) {
	frames := sampleFrames(b)
	b.Run("portsniff", func(b *testing.B) {
		decoders := map[uint32]gopacket.Decoder{}
		for _, f := range frames {
			decoders[uint32(f.Link)] = decode.Decoder(f.Link)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f := &frames[i%len(frames)]
			gopacket.NewPacket(f.Data, decoders[uint32(f.Link)], gopacket.NoCopy)
		}
	})
	b.Run("gopacket", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f := &frames[i%len(frames)]
			link, _ := f.Link.Layers()
			gopacket.NewPacket(f.Data, link, gopacket.NoCopy)
		}
	})
}
