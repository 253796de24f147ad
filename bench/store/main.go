// Command store writes a store of generated flows, to measure how fast it is read and sent.
//
//	go run ./bench/store -rows 10000000 -o /tmp/store    10 inputs of a million flows
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
)

const second = int64(1e9)

func main() {
	rows := flag.Int64("rows", 1_000_000, "`number` of flows")
	out := flag.String("o", "", "store in `DIR`")
	flag.Parse()
	if *out == "" {
		fmt.Fprintln(os.Stderr, "store: give -o DIR")
		os.Exit(2)
	}
	if err := write(*out, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

// inputRows is the number of flows in an input.
const inputRows = 1_000_000

// write stores a number of flows, the same each time.
func write(dir string, rows int64) error {
	d := &store.Folder{Path: dir, Sensor: "bench", Files: outfile.Local{Tree: true}}
	r := rand.New(rand.NewPCG(1, 1))
	for first := int64(0); first < rows; first += inputRows {
		id := sha256.Sum256(fmt.Append(nil, first))
		in := d.NewInput(hex.EncodeToString(id[:16]))
		n := min(inputRows, rows-first)
		for i := range n {
			f := mixedFlow(r, first+i)
			in.Flow(&f, flow.EndDetected)
		}
		err := in.Close(&store.Summary{Source: fmt.Sprintf("made up %d", first), Complete: true,
			Frames: 20 * n})
		if err != nil {
			return errors.Join(in.Err(), err)
		}
	}
	return nil
}

// mixedFlow returns the nth generated flow, at 1000 flows a second. Clients are in 10.0.0.0/8, and
// servers in 198.51.100.0/24 with few ports. Sizes span five orders of magnitude.
func mixedFlow(r *rand.Rand, n int64) flow.Flow {
	services := [...]uint16{443, 443, 443, 443, 443, 53, 53, 53, 80, 80, 22, 123, 8080, 25, 993}
	port := services[r.IntN(len(services))]
	proto, asked := decode.ProtoTCP, flow.A
	if port == 53 || port == 123 {
		proto, asked = decode.ProtoUDP, flow.None
	}
	size := uint64(1) << r.IntN(17)
	start := 1_795_000_000*second + n*second/1000 + r.Int64N(second/1000)
	f := flow.Flow{
		Key: flow.Key{Proto: proto,
			A: flow.Endpoint{Addr: netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), byte(r.IntN(256)),
				byte(r.IntN(256))}), Port: uint16(32768 + r.IntN(28000))},
			B: flow.Endpoint{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(256))}),
				Port: port}},
		Facts: flow.Facts{Asked: asked, Answered: asked.Other(), First: flow.A},
		From: [3]flow.Count{
			flow.A: {Packets: 1 + size/2000, Bytes: 60 + size},
			flow.B: {Packets: 1 + size/1000, Bytes: 60 + size*uint64(r.IntN(20))}},
		Heard:      [3]bool{flow.A: true, flow.B: true},
		FirstFrame: 20 * (n % inputRows), Start: start, End: start + r.Int64N(60*second),
	}
	if proto == decode.ProtoTCP {
		f.Flags = [3]uint8{flow.A: 0x1b, flow.B: 0x1b}
		f.Payloads = [3]annotate.Payload{flow.A: 1, flow.B: 1}
	}
	return f
}
