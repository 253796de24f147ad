package hexdump_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/hexdump"
)

// programs are command lines that dump a file. Fewer than least bytes are ambiguous.
var programs = []struct {
	line  string
	least int
}{
	{"xxd", 1}, {"xxd -p", 1}, {"xxd -ps -c 30", 1}, {"xxd -g1", 1}, {"xxd -g4", 40},
	{"xxd -g8", 40}, {"xxd -g3", 1}, {"xxd -i", 2}, {"xxd -i -C", 2}, {"xxd -b", 9},
	{"xxd -e", 40}, {"xxd -e -g8", 40}, {"xxd -u", 1}, {"xxd -d", 1}, {"xxd -c 8", 1},
	{"xxd -c 32", 1}, {"xxd -c 256", 1}, {"xxd -o 4660", 1}, {"xxd -R always", 1}, {"xxd -a", 1},
	{"hexdump -C -v", 1}, {"hexdump -C", 1}, {"hexdump -v", 1}, {"hexdump", 1},
	{"hexdump -x", 1}, {"hexdump -b", 9}, {"hexdump -c", 9}, {"hexdump -d", 1},
	{"hexdump -o", 1}, {"hexdump -L=always -C", 1}, {"od", 1}, {"od -v", 1}, {"od -x", 1},
	{"od -b", 9}, {"od -c", 9}, {"od -d", 9}, {"od -i", 5}, {"od -t x1", 1}, {"od -t x1z", 1},
	{"od -t x2", 1}, {"od -t x2z", 1}, {"od -t x4", 1}, {"od -t x4z", 1}, {"od -t x8", 1},
	{"od -t u1", 9}, {"od -t d1", 9}, {"od -t u2", 9}, {"od -t d4", 9}, {"od -t u8", 17},
	{"od -t o1", 9}, {"od -t o2", 1}, {"od -t o4", 1}, {"od -t o8", 1}, {"od -w8 -t x1", 1},
	{"od -w32 -t x1", 1}, {"od -A x -t x1", 1}, {"od -A x -t x1z", 1}, {"od -A x -t x2", 1},
	{"od -A d -t x1z", 1}, {"od -A d -x", 1}, {"od -A d -b", 9}, {"od -A x -c", 9},
	{"od -A d -d", 9}, {"od -A n -t x1", 1}, {"od -A n -t x1z", 1},
}

// lengths are the numbers of bytes that are dumped.
var lengths = []int{1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 16, 17, 20, 31, 32, 33, 34, 40, 54, 96, 200,
	1500}

// TestPrograms runs the programs on data of various lengths, some of them with repeated rows.
func TestPrograms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	file := filepath.Join(t.TempDir(), "bytes")
	compared := 0
	for _, p := range programs {
		t.Run(p.line, func(t *testing.T) {
			words := strings.Fields(p.line)
			corpustest.Tool(t, words[0])
			for _, n := range lengths {
				want := make([]byte, n)
				for i := range want {
					want[i] = byte(random.Uint32())
					if n == 96 || n == 200 {
						want[i] = byte(i / 70) // repeated rows are left out
					}
				}
				if n < p.least {
					continue
				}
				if err := os.WriteFile(file, want, 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(words[0], append(words[1:], file)...)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Logf("an older %s without one of these options: %v", words[0], err)
					return
				}
				blocks, err := hexdump.Parse(string(out))
				if equal := n == 96 || n == 200; equal && errors.Is(err, hexdump.ErrAmbiguous) {
					continue // characters that are all dots do not show the byte order
				} else if equal && strings.Contains(p.line, "-A n") && err != nil {
					continue // the number of rows left out is unknown
				}
				if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, want) {
					t.Errorf("%d bytes: %v\n%s\n%v\n%x", n, err, out, blocks, want)
					return
				}
			}
			compared++
		})
	}
	if compared < len(programs)-3 && !t.Failed() && os.Getenv(corpustest.RequireEnv) == "1" {
		t.Errorf("only %d of %d command lines were compared", compared, len(programs))
	}
}

// TestSkips reads the output of od -j, xxd -s and hexdump -s, whose first offset is not 0.
func TestSkips(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bytes")
	if err := os.WriteFile(file, append(make([]byte, 40), syn...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"od -j 40 -t x1", "od -j 40", "od -A d -j 40 -t x1",
		"od -A x -j 40 -t x1", "od -j 40 -b",
		"xxd -s 40", "xxd -s 40 -g1", "hexdump -s 40 -C", "hexdump -s 40"} {
		words := strings.Fields(line)
		corpustest.Tool(t, words[0])
		out, err := exec.Command(words[0], append(words[1:], file)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := hexdump.Parse(string(out))
		if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, syn) ||
			!strings.Contains(blocks[0].Form, "from 0x28 on") {
			t.Errorf("%s: %v\n%s\n%v", line, err, out, blocks)
		}
	}
}
