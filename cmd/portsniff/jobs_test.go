package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
)

// mixedFrames is the Ethernet frames of all samples (fragments, VLANs, IPv6, tunnels ...), a
// hundred times each, in a random order that is the same each time, a packet every 20 milliseconds:
// a later fragment comes before its first one, after it, or too late, and mostly in another block.
func mixedFrames(t *testing.T) (frames [][]byte) {
	t.Helper()
	names, err := filepath.Glob("../../pcaps/*.pcap")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	for _, name := range names {
		f, err := capture.Open(name, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		for f.Next(&p) == nil {
			if data := bytes.Clone(p.Data); p.Link == 1 {
				for range 100 {
					frames = append(frames, data)
				}
			}
		}
		f.Close()
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(frames), func(i, k int) { frames[i], frames[k] = frames[k], frames[i] })
	return frames
}

// pcapOf writes frames as a pcap file, in little-endian and microseconds.
func pcapOf(frames [][]byte) (out []byte) {
	word := binary.LittleEndian.AppendUint32
	for _, x := range []uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 262144, 1} {
		out = word(out, x)
	}
	for i, data := range frames {
		out = word(word(out, uint32(i/50)), uint32(i%50*20_000))
		out = word(word(out, uint32(len(data))), uint32(len(data)))
		out = append(out, data...)
	}
	return out
}

// pcapngOf writes frames as a pcapng file. One in so many has an option, so that it is not framed
// with the others.
func pcapngOf(frames [][]byte, options int) (out []byte) {
	word := binary.LittleEndian.AppendUint32
	for _, x := range []uint32{0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, 1, 20, 1,
		262144, 20} {
		out = word(out, x)
	}
	for i, data := range frames {
		body := make([]byte, (len(data)+3)&^3)
		copy(body, data)
		if i%options == 0 {
			// epb_flags: inbound; then the options' end
			body = word(word(word(body, 4<<16|2), 1), 0)
		}
		length := uint32(len(body) + 32)
		for _, x := range []uint32{6, length, 0, 0, uint32(i * 20_000), uint32(len(data)),
			uint32(len(data))} {
			out = word(out, x)
		}
		out = word(append(out, body...), length)
	}
	return out
}

// outcomeOf is what a command writes, and the error it ends with. The input, if there is one, is
// what "-" reads.
func outcomeOf(in io.Reader, args ...string) (out string) {
	var b bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(&b)
	root.SetErr(&b)
	err := root.Execute()
	return b.String() + fmt.Sprintf("\nerror: %v", err)
}

// sameWithJobs holds what several workers say against what one does.
func sameWithJobs(t *testing.T, what string, in func() io.Reader, args ...string) string {
	t.Helper()
	want := outcomeOf(in(), args...)
	for _, jobs := range []string{"2", "3", "8"} {
		if got := outcomeOf(in(), append(args[:len(args):len(args)], "--jobs",
			jobs)...); got != want {
			t.Errorf("%s, %v: %s workers give\n%.9000s\none gives\n%.9000s", what, args, jobs, got,
				want)
		}
	}
	return want
}

func nothing() io.Reader { return nil }

// counters are the commands that several workers may count for.
func counters() [][]string {
	return [][]string{{"ports"}, {"flows"}, {"hosts"}, {"hosts", "--pairs"}, {"services"},
		{"ports", "--wide"}}
}

// TestJobsOfCaptures counts the samples, and the real captures, with several workers; each of the
// real ones for half of the commands, as they are many.
func TestJobsOfCaptures(t *testing.T) {
	formats := []string{"json", "csv", "text"}
	for i, name := range captures(t) {
		for k, command := range counters() {
			if (i+k)%2 != 0 && !strings.HasPrefix(name, "../../pcaps") {
				continue
			}
			sameWithJobs(t, name, nothing, append(command, "--format", formats[(i+k)%len(formats)],
				"-r", name)...)
		}
	}
}

// writer gives what writes files into a folder of the test's own, and says where they are.
func writer(t *testing.T) func(name string, data []byte) (path string) {
	dir := t.TempDir()
	return func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
}

// TestJobsOfMany counts many packets of all kinds, in several ways, and with files that are cut,
// damaged or several.
func TestJobsOfMany(t *testing.T) {
	frames := mixedFrames(t)
	data := pcapOf(frames)
	write := writer(t)
	whole := write("whole", data)
	out := sameWithJobs(t, "the mix", nothing, "ports", "-r", whole, "--format", "json")
	if len(data) < 2<<20 || !strings.Contains(out, fmt.Sprintf(`"packets":%d,`, len(frames))) ||
		!strings.Contains(out, "later-fragment") {
		t.Errorf("%d bytes, %d packets: %s", len(data), len(frames), out)
	}
	for _, args := range [][]string{{"-c", "1"}, {"-c", "7777"}, {"-c", "64"}, {"--proto", "udp"},
		{"--host", "192.0.2.10"}, {"--between", "30,90.5"}, {"--side", "any"}, {"--side", "src"},
		{"--by", "port", "--top", "9"},
		{"--format", "csv"}, {"--every", "5s"}, {"--wide"}, {"tcp"}} {
		sameWithJobs(t, "the mix", nothing, append([]string{"ports", "-r", whole}, args...)...)
	}
	cut := write("cut", data[:len(data)*2/3+5])
	damaged := bytes.Clone(data)
	at := 24
	for at < len(data)/2 { // to where a record begins
		at += 16 + int(binary.LittleEndian.Uint32(data[at+8:]))
	}
	binary.LittleEndian.PutUint32(damaged[at+8:], 0xfffffff0)
	sameWithJobs(t, "cut", nothing, "ports", "-r", cut)
	if out := sameWithJobs(t, "damaged", nothing, "ports", "-r",
		write("damaged", damaged)); !strings.Contains(out, "claims") {
		t.Errorf("the damaged one: %s", out)
	}
	sameWithJobs(t, "several", nothing, "ports", "-r", whole, "-r", cut, "-r",
		filepath.Join(t.TempDir(), "none"), "-r", "../../pcaps/two-interfaces.pcapng", "-r", whole)
	for _, options := range []int{1, 100, 1 << 30} {
		sameWithJobs(t, "pcapng", nothing, "ports", "-r",
			write("pcapng", pcapngOf(frames, options)))
	}
}

// A pieces reader gives random amounts, as a pipe may.
type pieces struct {
	r      io.Reader
	random *rand.Rand
	most   int
}

func (p *pieces) Read(b []byte) (int, error) {
	return p.r.Read(b[:min(len(b), 1+p.random.IntN(p.most))])
}

// Blocks of a few packets have the workers change all the time; and what ends a pipe in the middle
// is reported with the same packets counted.
func TestJobsOfPipes(t *testing.T) {
	data := pcapOf(mixedFrames(t))
	for _, most := range []int{300, 20_000} {
		for _, end := range []error{io.EOF, errors.New("the line is dead")} {
			for _, n := range []int{len(data), len(data)/2 + 3} {
				in := func() io.Reader {
					return &pieces{io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(end)),
						rand.New(rand.NewPCG(3, 4)), most}
				}
				out := sameWithJobs(t, "a pipe", in, "ports", "-r", "-")
				if end != io.EOF && !strings.Contains(out, end.Error()) {
					t.Errorf("the error is not told: %s", out)
				}
			}
		}
	}
}

// A breaking reader interrupts the session at a byte, and is slow from there on.
type breaking struct {
	r    io.Reader
	left int
	then func()
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), 30_000)])
	if b.left -= n; b.left < 0 {
		b.then()
		time.Sleep(time.Millisecond)
	}
	return n, err
}

// A counter makes a tally and says what that has counted.
type counter struct {
	name string
	make func() tally
	text func(tally) string
}

func tallies() []counter {
	return []counter{
		{"ports", func() tally { return newPortTally(flow.PortOptions{}) }, func(t tally) string {
			table := t.(*portTally).table
			return fmt.Sprint(table.Totals, table.Ports())
		}},
		{"flows", func() tally { return newFlowTally(flow.Options{}) }, func(t tally) string {
			table := t.(*flowTally).table
			return fmt.Sprint(table.Totals, slices.Collect(table.Flows()))
		}},
	}
}

// counted has a session count some input, and gives the error.
func counted(t *testing.T, tally tally, in *input, r io.Reader, then func(*session)) (*session,
	error) {
	t.Helper()
	cmd := newPorts()
	cmd.SetIn(r)
	cmd.SetErr(io.Discard)
	in.files, in.memory, in.color, in.format = []string{"-"}, flow.DefaultMemory, colorNever,
		formatText
	s, err := newSession(cmd, in, true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.ignore()
	then(s)
	return s, s.count(tally)
}

// Whenever workers are interrupted, all packets up to some packet are counted, as many as are
// reported, and none after it.
func TestJobsInterrupted(t *testing.T) {
	data := pcapOf(mixedFrames(t))
	for _, c := range tallies() {
		broken := 0
		for i := range 20 {
			r := &breaking{r: bytes.NewReader(data), left: len(data) / 25 * (i + 1)}
			got, want := c.make(), c.make()
			s, err := counted(t, got, &input{jobs: 1 + i%4}, r, func(s *session) {
				r.then = func() {
					select {
					case s.stop <- os.Interrupt:
					default:
					}
				}
			})
			if errors.Is(err, errInterrupted) {
				broken++
			}
			_, err = counted(t, want, &input{count: s.seen}, bytes.NewReader(data),
				func(*session) {})
			if err != nil || c.text(got) != c.text(want) {
				t.Errorf("%s: %d packets are told, and others counted; %v", c.name, s.seen, err)
			}
		}
		if broken < 10 {
			t.Errorf("%s: only %d of 20 were interrupted", c.name, broken)
		}
	}
}

// Numbers of workers that make no sense are mistakes in the command line.
func TestJobsWrong(t *testing.T) {
	for _, n := range []string{"0", "-1", "9"} {
		for _, command := range []string{"ports", "flows", "hosts", "services"} {
			if out := outcomeOf(nil, command, "--jobs", n, "--demo", "http"); !strings.Contains(out,
				"--jobs "+n+": it must be 1 to 8") {
				t.Errorf("%s --jobs %s: %s", command, n, out)
			}
		}
	}
}
