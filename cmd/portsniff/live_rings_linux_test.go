package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestLiveRings checks that with several rings each packet is shown once, in the order it was sent,
// during the capture. On a busy machine, late timers may require more than one attempt.
func TestLiveRings(t *testing.T) {
	for range 4 {
		if ringsInOrder(t) {
			return
		}
	}
	t.Error("packets are never shown in order")
}

// ringsInOrder captures with two rings and reports whether packets arrived in order.
func ringsInOrder(t *testing.T) (ordered bool) {
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l", "--rings", "2")
		const sent = 500
		for i := range uint16(sent) {
			s.Send(udpFrame(40000+i, 53, "x"))
		}
		p.wait(&p.out, fmt.Sprintf(`(?m)^ *%d `, sent))
		p.interrupt()
		if n := p.closing(); n != [3]int{sent, sent, 0} {
			t.Errorf("%v", n)
		}
		got := linesOf(p.out.String(), `(?m)^ *\d+ .* 192\.0\.2\.1:(\d+) `)
		ordered = slices.IsSorted(got) // all ports have five digits
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != sent {
			t.Errorf("%d different packets of %d", n, sent)
		}
	})
	return ordered
}

// TestLiveRingsStopped checks that packets that a stopped program loses in several rings are
// counted: captured + dropped = sent.
func TestLiveRingsStopped(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-i", "v1"}, {"ports", "-i", "v1"}, {"flows", "-i", "v1"},
		{"-q", "-i", "v1"}} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			p := capturing(t, append(args, "--rings", "2", "-B", "256")...)
			p.signal(syscall.SIGSTOP)
			const sent = 3000
			for i := range uint16(sent) {
				s.Send(udpFrame(40000+i%100, 53, repeat(1000)))
			}
			p.signal(syscall.SIGCONT)
			time.Sleep(50 * time.Millisecond)
			p.interrupt()
			if n := p.closing(); n[2] == 0 || n[0] == 0 || n[0]+n[2] != sent || n[1] != sent {
				t.Errorf("%v: sent %d, closing lines say %v", args, sent, n)
			}
			m := regexp.MustCompile(`(?m)^([0-9 ]+) packets, `).FindStringSubmatch(p.out.String())
			if n, err := strconv.Atoi(string(bytes.ReplaceAll([]byte(m[1]), []byte(" "),
				nil))); err != nil || n != p.closing()[0] {
				t.Errorf("%v: the table has %s packets, %v", args, m[1], p.closing())
			}
		})
	}
}

func TestLiveRingsWrong(t *testing.T) {
	for _, n := range []string{"0", "-1", "65"} {
		out, err := exec.Command("portsniff", "-i", "lo", "--rings", n).CombinedOutput()
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitUsage {
			t.Errorf("%s: %v: %s", n, err, out)
		}
	}
}
