package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

// liveTest runs a test that captures on v1. Frames from the sender arrive there.
func liveTest(t *testing.T, test func(t *testing.T, s *testkit.Sender)) {
	t.Helper()
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		test(t, testkit.NewSender(t, "v0"))
	})
}

func TestLiveLinesTableAndClosingLines(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l")
		s.Send(udpFrame(40000, 53, "one"))
		// still capturing
		p.wait(&p.out, `192\.0\.2\.1:40000 .*> 198\.51\.100\.7:53/domain`)
		s.Send(udpFrame(40000, 53, "two"))
		p.interrupt()
		matches(t, "output", p.out.String(), `(?m)^ +2 .*40000`,
			`(?m)^53/udp +domain \(DNS\) +system +1 +2 `)
		if n := p.closing(); n != [3]int{2, 2, 0} {
			t.Errorf("closing lines say %v", n)
		}
		if strings.Contains(p.out.String(), "\x1b") {
			t.Error("there is a control sequence in the output")
		}
	})
}

// TestLiveWritesWhenIdle checks that buffered output is written when no more packets arrive,
// without -l too.
func TestLiveWritesWhenIdle(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, `40000`)
		p.signal(syscall.SIGTERM)
		p.end(0)
	})
}

func TestLiveFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		args  []string
		lines int
		want  string
	}{
		{"count", []string{"-i", "v1", "-c", "2"}, 2, ""},
		{"by number", []string{"-i", "2", "-c", "3"}, 3, ""},
		{"snapshot length", []string{"-i", "v1", "-c", "1", "-s", "40", "--format", "json"}, 1,
			`"len":142,"caplen":40,`},
		{"in", []string{"-i", "v1", "-Q", "in", "-c", "1"}, 1, `40001`},
		{"out", []string{"-i", "v0", "-Q", "out", "-c", "1"}, 1, `40001`},
		{"buffer and no promiscuous mode", []string{"-i", "v1", "-B", "256", "-p", "-c", "1"}, 1,
			`40001`},
		{"any", []string{"-i", "any", "-c", "1", "--format", "json"}, 1,
			`"link":"LINUX_SLL2".*"src_port":40001`},
	} {
		t.Run(c.name, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				p := capturing(t, c.args...)
				for i := range 3 {
					s.Send(udpFrame(40001+uint16(i), 53, repeat(100)))
				}
				p.end(0)
				lines, _, _ := strings.Cut(p.out.String(), "\n\n")
				lines, _, _ = strings.Cut(lines, `{"schema":"portsniff.capture`)
				if n := strings.Count(strings.TrimSuffix(lines, "\n")+"\n", "\n"); n != c.lines {
					t.Errorf("%d lines, want %d:\n%s", n, c.lines, lines)
				}
				matches(t, "output", lines, c.want)
				if n := p.closing(); n[0] != c.lines {
					t.Errorf("closing lines say %v", n)
				}
			})
		})
	}
}

// TestLivePromiscuous checks that a capture sets promiscuous mode, and that -p prevents it. The ip
// command shows the counter of the interface.
func TestLivePromiscuous(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{"promiscuity 1 ": {"-i", "v1", "-c", "1"},
		"promiscuity 0 ": {"-i", "v1", "-c", "1", "-p"}} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			p := capturing(t, args...)
			if got := testkit.Output(t, "ip -d link show v1"); !strings.Contains(got, want) {
				t.Errorf("%v: no %q in %s", args, want, got)
			}
			s.Send(udpFrame(40001, 53, repeat(100)))
			p.end(0)
		})
	}
}

// TestLiveFilterWords checks that the kernel runs the filter of the arguments: packets that it
// rejects are not even received. portsniff itself runs filters on the cooked header of "any" and on
// decoded fields.
func TestLiveFilterWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		closing [3]int
		also    string
	}{
		{"in the kernel", []string{"-i", "v1", "udp", "port", "53"}, [3]int{2, 2, 0}, ""},
		{"in the kernel, after the direction",
			[]string{"-i", "v1", "-Q", "out", "udp", "port", "53"}, [3]int{0, 0, 0},
			`(?m)^portsniff: the kernel ran the filter; --where 'port == 53' also finds ports`},
		{"of a table", []string{"ports", "-i", "v1", "udp port 53"}, [3]int{2, 2, 0}, ""},
		{"a loop", []string{"-i", "v1", "ip protochain 17 and port 53"}, [3]int{2, 3, 0},
			`(?m)^1 packet not selected$`},
		{"any", []string{"-i", "any", "-Q", "in", "udp", "port", "53"}, [3]int{2, 2, 0}, ""},
		{"any, by bytes of the cooked header",
			[]string{"-i", "any", "-Q", "in", "link[0:2] = 0x800 and port 53"}, [3]int{2, 3, 0},
			`(?m)^1 packet not selected$`},
		{"where", []string{"-i", "v1", "--where", "port == 53"}, [3]int{2, 3, 0},
			`(?m)^1 packet not selected$`},
		{"both", []string{"-i", "v1", "--where", "src.port == 40000", "port 53"}, [3]int{1, 2, 0},
			`(?m)^1 packet not selected$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				p := capturing(t, c.args...)
				s.Send(udpFrame(40000, 53, "a"), udpFrame(40001, 54, "b"), udpFrame(53, 40002, "c"))
				p.interrupt()
				if n := p.closing(); n != c.closing {
					t.Errorf("closing lines say %v, want %v:\n%s", n, c.closing, p.out.String())
				}
				matches(t, "errors", p.errs.String(), c.also)
			})
		})
	}
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		out, err := exec.Command("portsniff", "-i", "v1", "udp port").CombinedOutput()
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitUsage ||
			strings.Contains(string(out), "listening") {
			t.Errorf("a wrong filter: %v: %s", err, out)
		}
	})
}

func TestLiveWrongFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-i", "lo", "-s", "-1"}, {"-i", "lo", "-s", "262145"},
		{"-i", "lo", "-B", "0"}, {"-i", "lo", "-B", "99999999"}, {"-i", "lo", "-Q", "sideways"},
		{"-i", "lo", "-r", "x"}, {"-i", "lo", "--demo", "http"},
		{"ports", "-i", "lo", "--interval", "-1s"}} {
		out, err := exec.Command("portsniff", args...).CombinedOutput()
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitUsage {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
	out, err := exec.Command("portsniff", "-i", "nonesuch").CombinedOutput()
	if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitFailed ||
		!strings.Contains(string(out),
			"nonesuch: no such interface; list them: portsniff interfaces") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLiveJSONEnd checks that the last JSON object contains the number of lost packets.
func TestLiveJSONEnd(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{}, {"ports"}, {"flows"}} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			p := capturing(t, append(command, "-i", "v1", "--format", "json")...)
			s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"))
			p.interrupt()
			lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
			var end map[string]any
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil {
				t.Fatal(err)
			}
			seconds, _ := end["seconds"].(float64)
			delete(end, "seconds")
			want := map[string]any{"schema": "portsniff.capture/1", "end": true, "interface": "v1",
				"captured": 2., "not_selected": 0., "received": 2., "dropped": 0.,
				"freezes": 0., "interface_dropped": 0.}
			if len(end) != len(want) || seconds <= 0 || seconds > 10 {
				t.Errorf("%v: %v, %v s", command, end, seconds)
			}
			for k, v := range want {
				if end[k] != v {
					t.Errorf("%v: %s is %v, want %v", command, k, end[k], v)
				}
			}
		})
	}
}

// TestLiveTables checks that a table is printed repeatedly to a file or pipe only with --interval,
// and without control sequences.
func TestLiveTables(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "ports", "-i", "v1", "--interval", "50ms")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, `(?s)(53/udp .*){3}`)
		p.interrupt()
		if out := p.out.String(); strings.Contains(out, "\x1b") {
			t.Errorf("there is a control sequence in the output:\n%q", out)
		}
		p = capturing(t, "flows", "-i", "v1")
		s.Send(udpFrame(40000, 53, "one"))
		time.Sleep(1100 * time.Millisecond) // longer than the default interval
		p.interrupt()
		if n := strings.Count(p.out.String(), "40000"); n != 1 {
			t.Errorf("%d tables:\n%s", n, p.out.String())
		}
	})
}

func TestLiveCountsOnSignal(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		p.signal(syscall.SIGUSR1)
		p.wait(&p.errs,
			`(?m)^portsniff: 1 packets, 45 bytes, 1 flows so far; received by filter 1, dropped `+
				`by kernel 0, dropped by interface 0$`)
		p.interrupt()
	})
}

// TestLiveWithoutRights checks that root without the capability gets an error with the command to
// type.
func TestLiveWithoutRights(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		requireTool(t, "setpriv")
		out, err := exec.Command("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw",
			"portsniff", "-i", "lo").CombinedOutput()
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitFailed {
			t.Errorf("%v", err)
		}
		matches(t, "the error", string(out),
			`^portsniff: lo: open a packet socket: no permission to capture; run it with sudo, `+
				`or .*: sudo setcap cap_net_raw\+ep /.*/portsniff\n$`)
		out, err = exec.Command("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw",
			"portsniff", "interfaces").Output()
		if err != nil {
			t.Error(err)
		}
		matches(t, "the list", string(out), `(?m)^1 +lo +down +no +EN10MB`,
			`(?m)^open a packet socket: no permission to capture`)
	})
}

func TestLiveInterfaceRemoved(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		testkit.Output(t, "ip link set v1 down")
		p.wait(&p.errs, `v1 is down since [0-9:.]+, waiting`)
		testkit.Output(t, "ip link set v1 up")
		p.wait(&p.errs, `v1 is up again: it was down from [0-9:.]+ to [0-9:.]+ \([0-9.]+m?s\)`)
		testkit.WaitForCarrier(t, "v0")
		s.Send(udpFrame(40000, 53, "two"))
		p.wait(&p.out, `(?m)^ +2 .*40000`)
		began := time.Now()
		testkit.Output(t, "ip link del v0")
		p.end(exitFailed)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v to end", took)
		}
		matches(t, "output", p.out.String(), `(?m)^53/udp .* 2 `)
		matches(t, "errors", p.errs.String(), `(?m)^portsniff: v1: read: the interface is gone$`)
		if n := p.closing(); n != [3]int{2, 2, 0} {
			t.Errorf("closing lines say %v", n)
		}
	})
}

// TestLiveStopped checks that a stopped program loses packets, counts them, and continues.
func TestLiveStopped(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l", "-B", "256")
		p.signal(syscall.SIGSTOP)
		sent := 3000
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		p.signal(syscall.SIGCONT)
		for range 1000 { // until the buffer has free space
			s.Send(udpFrame(40000, 54, "goes on"))
			sent++
			if time.Sleep(10 * time.Millisecond); strings.Contains(p.out.String(), ":54/") {
				break
			}
		}
		p.interrupt()
		if n := p.closing(); n[2] == 0 || n[0] == 0 || n[0]+n[2] != sent || n[1] != sent {
			t.Errorf("sent %d, closing lines say %v", sent, n)
		}
		matches(t, "output", p.out.String(), `(?m)^54/udp `)
		matches(t, "errors", p.errs.String(), `the kernel's buffer was full; a larger one: -B \d+`)
	})
}

// TestLiveStoppedAtLowRate stops the program for two seconds while few frames arrive. None may
// be lost, although the kernel puts each frame into its own block.
func TestLiveStoppedAtLowRate(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1")
		p.signal(syscall.SIGSTOP)
		sent := 0
		for began := time.Now(); time.Since(began) < 2*time.Second; sent++ {
			s.Send(udpFrame(40000, 53, "few"))
			time.Sleep(30 * time.Millisecond)
		}
		p.signal(syscall.SIGCONT)
		p.interrupt()
		if n := p.closing(); n != [3]int{sent, sent, 0} {
			t.Errorf("sent %d, closing lines say %v", sent, n)
		}
	})
}

// TestLiveStalledOutput checks that the kernel drops packets while the output is blocked, and that
// these are counted. After that, every packet is shown or counted.
func TestLiveStalledOutput(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p := &program{t: t, cmd: exec.Command("portsniff", "-i", "v1", "-l", "-B", "256"),
			ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = w, &p.errs
		p.start()
		w.Close()
		const sent = 4000
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		time.Sleep(100 * time.Millisecond)
		p.signal(syscall.SIGINT)
		read := make(chan int)
		go func() {
			var all text
			all.b.ReadFrom(r)
			read <- strings.Count(all.b.String(), ":40000 ")
		}()
		p.end(0)
		lines := <-read
		if n := p.closing(); n[2] == 0 || n[0]+n[2] != sent || n[1] != sent || lines != n[0] {
			t.Errorf("sent %d, %d lines, closing lines say %v", sent, lines, n)
		}
	})
}

// TestLiveStuckEndsOnSecondSignal checks that a second signal ends a program whose output is
// blocked.
func TestLiveStuckEndsOnSecondSignal(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := &program{t: t, cmd: exec.Command("portsniff", "-i", "v1", "-l"),
			ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = w, &p.errs
		p.start()
		w.Close()
		for range 2000 {
			s.Send(udpFrame(40000, 53, "x"))
		}
		time.Sleep(200 * time.Millisecond)
		for range 20 { // on a busy machine two signals may be merged into one
			// the process may have ended, which is checked below
			if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil &&
				!errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			select {
			case err := <-p.ended:
				p.ended <- err
				p.end(-1) // killed by the signal
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
		p.end(-1)
	})
}

// TestLiveAggregated checks a segment that the kernel leaves to the network card to split. It is
// seen whole and longer than the MTU. It is marked as aggregated, and its checksum is not reported
// as bad.
func TestLiveAggregated(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "--format", "json", "-c", "2")
		s.SendSegments(tcpFrame(4000), 1400)
		s.Send(udpFrame(40000, 53, repeat(1400)))
		p.end(0)
		lines := strings.Split(p.out.String(), "\n")
		matches(t, "the first packet", lines[0],
			`"len":4054,.*"checksum":"offloaded".*"comments":\["aggregated: 4054 bytes, the `+
				`interface's MTU is 1500:`)
		if strings.Contains(lines[1], "aggregated") {
			t.Error(lines[1])
		}
	})
}

// tcpFrame returns an Ethernet frame with an IPv4 TCP segment of n bytes. Its checksum covers only
// the pseudo-header, as for a card with checksum offload.
func tcpFrame(n int) []byte {
	b := make([]byte, 54+n)
	copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0,
		0, 192, 0, 2, 1, 198, 51, 100, 7})
	binary.BigEndian.PutUint16(b[16:], uint16(40+n))
	copy(b[34:], []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 2, 0})
	sum := uint32(6 + 20 + n)
	for i := 26; i < 34; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[50:], uint16(sum+sum>>16))
	return b
}

// TestLiveClosedPipe checks that a capture ends silently if the reader closes the pipe.
func TestLiveClosedPipe(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := &program{t: t, cmd: exec.Command("sh", "-c", "portsniff -i v1 -l | head -n 1"),
			ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
		p.start()
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		for range 20 {
			s.Send(udpFrame(40000, 53, "two"))
			time.Sleep(10 * time.Millisecond)
		}
		p.end(0)
		if n := strings.Count(p.errs.String(), "\n"); n != 1 {
			t.Errorf("%s", p.errs.String())
		}
	})
}
