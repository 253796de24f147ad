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

	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// mixedFrames returns the frames of all samples, repeated a hundred times. A later fragment arrives
// before its first fragment, after it, or too late, and usually in another chunk.
func mixedFrames(t *testing.T) [][]byte { return samples.Mixed(t, "../../pcaps", 100) }

// pcapngOf returns frames as a pcapng file. One block of every options blocks has an option, so
// that the fast path skips it.
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
			// epb_flags: inbound; then the end of the options
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

// outcomeOf returns the output of a command followed by its error. The file "-" reads in.
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

// sameWithJobs checks that several workers print the same as one, and returns the output.
func sameWithJobs(t *testing.T, what string, in func() io.Reader, args ...string) string {
	t.Helper()
	want := outcomeOf(in(), append(args[:len(args):len(args)], "--jobs", "1")...)
	got := outcomeOf(in(), append(args[:len(args):len(args)], "--jobs", "4")...)
	if got != want {
		t.Errorf("%s, %v: four workers give\n%.9000s\none gives\n%.9000s", what, args, got, want)
	}
	return want
}

func nothing() io.Reader { return nil }

// shared returns the commands with --jobs. The last one shows packets.
func shared() [][]string {
	return [][]string{{"ports"}, {"flows"}, {"hosts"}, {"hosts", "--pairs"}, {"services"},
		{"ports", "--wide"}, nil}
}

// TestJobsOfCaptures counts samples and real captures with several workers. Each capture runs half
// of the commands, to save time.
func TestJobsOfCaptures(t *testing.T) {
	t.Parallel()
	formats := []string{"json", "csv", "text"}
	for i, name := range captures(t) {
		for k, command := range shared() {
			if (i+k)%2 != 0 {
				continue
			}
			sameWithJobs(t, name, nothing, append(command, "--format", formats[(i+k)%len(formats)],
				"-r", name)...)
		}
	}
}

// writer returns a function that writes a file into a folder of the test and returns its path.
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

// TestJobsOfMany counts many packets of all kinds, in several ways, with cut, damaged and multiple
// files.
func TestJobsOfMany(t *testing.T) {
	t.Parallel()
	frames := mixedFrames(t)[:20_000]
	data := samples.Pcap(frames)
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
	for at < len(data)/2 { // find the start of a record
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

// A pieces reader returns data in random amounts, like a pipe.
type pieces struct {
	r       io.Reader
	random  *rand.Rand
	maxRead int
}

func (p *pieces) Read(b []byte) (int, error) {
	return p.r.Read(b[:min(len(b), 1+p.random.IntN(p.maxRead))])
}

// TestJobsOfPipes reads from a pipe, which delivers chunks of a few packets. An error in the middle
// is reported after the same packets.
func TestJobsOfPipes(t *testing.T) {
	t.Parallel()
	data := samples.Pcap(mixedFrames(t))
	for _, maxRead := range []int{300, 20_000} {
		for _, end := range []error{io.EOF, errors.New("the line is dead")} {
			for _, n := range []int{len(data), len(data)/2 + 3} {
				in := func() io.Reader {
					return &pieces{io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(end)),
						rand.New(rand.NewPCG(3, 4)), maxRead}
				}
				out := sameWithJobs(t, "a pipe", in, "ports", "-r", "-")
				if end != io.EOF && !strings.Contains(out, end.Error()) {
					t.Errorf("the error is not reported: %s", out)
				}
			}
		}
	}
}

// TestJobsOfPackets shows packets of all kinds with several workers: in every format, with filters,
// limits and relative times, and with inputs that end early.
func TestJobsOfPackets(t *testing.T) {
	t.Parallel()
	frames := mixedFrames(t)[:8000]
	data := samples.Pcap(frames)
	write := writer(t)
	whole, cut := write("whole", data), write("cut", data[:len(data)*2/3+11])
	damaged := bytes.Clone(data)
	at := 24
	for at < len(data)/2 { // find the start of a record
		at += 16 + int(binary.LittleEndian.Uint32(data[at+8:]))
	}
	binary.LittleEndian.PutUint32(damaged[at+8:], 0xfffffff0)
	for _, args := range [][]string{nil, {"--format", "json"}, {"--format", "csv"}, {"-c", "1"},
		{"-c", "129"}, {"-c", "5000", "udp"}, {"--where", "inner.port > 0", "-v"},
		{"--where", `service == "dns"`, "-c", "300", "--format", "json"}, {"tcp", "-v"}, {"-vv"},
		{"-XX", "-e"}, {"-ttt"}, {"-ttttt"}, {"-tttt", "--nano"}, {"-A", "-n"}, {"-l"},
		{"--memory", "100k", "--format", "json"}, {"port 1 and vlan and link[9999] = 1"}} {
		if len(args) > 0 && args[0] == "-vv" {
			args = append(args, "-c", "3000")
		}
		out := sameWithJobs(t, "the mix", nothing, append([]string{"-r", whole}, args...)...)
		if lines := strings.Count(out, "\n"); lines < 3000 && !slices.Contains(args, "-c") &&
			!slices.Contains(args, "port 1 and vlan and link[9999] = 1") && len(args) < 2 {
			t.Errorf("%v: only %d lines", args, lines)
		}
	}
	for _, format := range []string{"text", "json", "csv"} {
		for name, files := range map[string][]string{"cut": {cut},
			"damaged": {write("damaged", damaged)}, "several": {whole, cut,
				filepath.Join(t.TempDir(), "none"), "../../pcaps/two-interfaces.pcapng", cut},
			"comments": {write("pcapng", pcapngOf(frames, 2))}, "pcapng": {write("ng",
				pcapngOf(frames, 1<<30))}} {
			args := []string{"--format", format}
			for _, f := range files {
				args = append(args, "-r", f)
			}
			out := sameWithJobs(t, name, nothing, args...)
			if ends := strings.Contains(out, "\nerror: <nil>"); ends != (name == "comments" ||
				name == "pcapng") {
				t.Errorf("%s: the end is %s", name, out[max(len(out)-300, 0):])
			}
		}
	}
	in := func() io.Reader {
		return &pieces{bytes.NewReader(data), rand.New(rand.NewPCG(3, 4)), 20_000}
	}
	sameWithJobs(t, "a pipe", in, "-r", "-")
	sameWithJobs(t, "a pipe", in, "-r", "-", "--format", "json", "greater 100")
}

// TestJobsWrong checks that invalid numbers of workers are mistakes in the command line.
func TestJobsWrong(t *testing.T) {
	for _, n := range []string{"0", "-1", "9"} {
		for _, command := range []string{"ports", "flows", "hosts", "services"} {
			if out := outcomeOf(nil, command, "--jobs", n, "--demo", "http"); !strings.Contains(out,
				"--jobs "+n+": use 1 to 8") {
				t.Errorf("%s --jobs %s: %s", command, n, out)
			}
		}
	}
}
