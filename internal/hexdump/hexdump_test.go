package hexdump_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/internal/hexdump"
)

// syn is an Ethernet frame with a TCP segment, written by hand.
var syn = unhex("02000000000b02000000000a0800" +
	"4500003c0001000040068e84c0000201c6336402" +
	"c3cc01bb0000000100000000a002faf056e90000" +
	"020405b40402080a11223344000000000103030" + "7")

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// tricky is a payload that looks like parts of dumps.
var tricky = append(append([]byte{}, syn[:54]...),
	"ab cd 0010  00 3c '\"\\ |> <| */ ../ \\x41\n\t#; e0 e0 e0 e0 e0 e0 e0  "...)

func packets() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	out := map[string][]byte{"a SYN": syn, "text like a dump": tricky}
	for _, n := range append([]int{24, 48, 60, 64, 128, 250}, lengths...) {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
			if random.IntN(3) == 0 {
				data[i] = ' ' + byte(random.IntN(95))
			}
		}
		out[fmt.Sprintf("%d random bytes", n)] = data
	}
	return out
}

// TestFormats reads the output of many programs.
func TestFormats(t *testing.T) {
	for _, f := range slices.Concat(dumpFormats, moreFormats, plainFormats) {
		t.Run(f.name, func(t *testing.T) {
			for name, data := range packets() {
				if f.of > 0 {
					data = data[:len(data)/f.of*f.of]
				}
				if len(data) < max(f.least, 1) || f.most > 0 && len(data) > f.most {
					continue
				}
				text := f.write(data)
				blocks, err := hexdump.Parse(text)
				if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, data) {
					t.Errorf("%s: %v\n%.1500s\n%x\nwant %x", name, err, text, blocks, data)
					return
				}
			}
		})
	}
}
