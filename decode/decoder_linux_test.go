package decode_test

import (
	"testing"
	"time"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/testkit"
)

// TestDecoderLive checks that packets of an interface reach gopacket with the correct ports, from
// one ring and from two. The loop must end when the capture stops.
func TestDecoderLive(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../pcaps", []string{"../pcaps/fragments.pcap"})
	for _, rings := range []int{1, 2} {
		testkit.Run(t, func(t *testing.T) {
			testkit.Veth(t)
			src, err := live.Open("v1", live.Options{Rings: rings})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			link, err := src.LinkType()
			if err != nil {
				t.Fatal(err)
			}
			sender := testkit.NewSender(t, "v0")
			for _, f := range frames {
				sender.Send(f.Data)
			}
			packets := gopacket.NewPacketSource(src, decode.Decoder(link)).Packets()
			got := 0
			for end := time.After(time.Minute); packets != nil; {
				select {
				case p, more := <-packets:
					if !more {
						packets = nil
						continue
					}
					if f := flows(p); got < 3 && f != "37801>7" {
						t.Errorf("%d rings, packet %d: ports %q", rings, got+1, f)
					}
					if got++; got == len(frames) {
						if err := src.Stop(); err != nil {
							t.Error(err)
						}
					}
				case <-end:
					t.Errorf("%d rings: %d of %d packets, and no end", rings, got, len(frames))
					packets = nil
				}
			}
			if got != len(frames) {
				t.Errorf("%d rings: %d packets, want %d", rings, got, len(frames))
			}
		})
	}
}
