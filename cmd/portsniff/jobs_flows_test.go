package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// manyFlows returns mixedFrames with two more packets after each. These belong to more flows than a
// small memory can hold: some flows return, others are evicted first. They use IPv4 and IPv6, both
// directions, and some payloads that are recognized.
func manyFlows(t *testing.T) (frames [][]byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	for _, f := range mixedFrames(t)[:4000] {
		frames = append(frames, f, sshFrame(random), sshFrame(random))
	}
	return frames
}

// sshFrame returns a TCP segment in Ethernet between a host and one of 20,000 others. A few of them
// are chosen most often.
func sshFrame(r *rand.Rand) []byte {
	f := make([]byte, 12, 128)
	far := uint16(r.IntN(1 + r.IntN(20_000)))
	here, there := []byte{10, 0, 0, 1}, binary.BigEndian.AppendUint16([]byte{10, 1}, far)
	if r.IntN(8) == 0 {
		f = append(f, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 34, 6, 64)
		here, there = append(make([]byte, 12), here...), append(make([]byte, 12), there...)
	} else {
		f = append(f, 8, 0, 0x45, 0, 0, 54, 0, 0, 0, 0, 64, 6, 0, 0)
	}
	ports := []byte{0x9c, 0x40, 0, 22}
	if r.IntN(2) == 0 {
		here, there, ports = there, here, []byte{0, 22, 0x9c, 0x40}
	}
	f = append(append(append(f, here...), there...), ports...)
	f = append(f, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, byte(r.Uint32()), 0, 0, 0, 0, 0, 0)
	return append(f, "SSH-2.0-x\r\n...GET / HTTP/1.1"[r.IntN(2)*14:][:14]...)
}

// TestJobsOfFlows follows flows with several workers, in memory that is too small for them. The
// result must equal that of one worker that processes packets one by one, as it does with a filter.
func TestJobsOfFlows(t *testing.T) {
	t.Parallel()
	frames := manyFlows(t)
	data := samples.Pcap(frames)
	write := writer(t)
	whole, cut := write("whole", data), write("cut", data[:len(data)*2/3+5])
	for _, command := range shared()[1:6] {
		for _, memory := range []string{"100k", "256M"} {
			args := append(command, "-r", whole, "--memory", memory, "--format", "json")
			out := sameWithJobs(t, "many flows", nothing, args...)
			if one := outcomeOf(nil, append(args, "greater 0")...); one != out {
				t.Errorf("%v, packet by packet:\n%.9000s\nin blocks:\n%.9000s", args, one, out)
			}
			if evicted := !strings.Contains(out, `"evicted_flows":0,`); command[0] == "flows" &&
				evicted != (memory != "256M") || len(out) < 1000 {
				t.Errorf("%v: evicted is %v in %.500s", args, evicted, out[max(len(out)-500, 0):])
			}
		}
		for _, more := range [][]string{{"-c", "1"}, {"-c", "2049"}, {"-c", "64"},
			{"--proto", "udp"}, {"--host", "10.1.0.9"}, {"--between", "30,90.5"}, {"--top", "9"},
			{"--format", "csv"}} {
			sameWithJobs(t, "many flows", nothing,
				append(append(command, "--memory", "200k", "-r", whole), more...)...)
		}
		sameWithJobs(t, "several", nothing, append(command, "-r", whole, "-r", cut, "-r",
			filepath.Join(t.TempDir(), "none"), "-r", "../../pcaps/two-interfaces.pcapng", "-r",
			whole)...)
		sameWithJobs(t, "pcapng", nothing, append(command, "-r",
			write("pcapng", pcapngOf(frames, 100)))...)
	}
	in := func() io.Reader {
		return &pieces{bytes.NewReader(data), rand.New(rand.NewPCG(3, 4)),
			20_000}
	}
	sameWithJobs(t, "a pipe", in, "flows", "-r", "-", "--memory", "200k")
}
