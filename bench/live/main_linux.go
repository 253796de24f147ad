// Command live measures how many packets capture programs lose. It sends 64-byte UDP frames over a
// pair of virtual interfaces in its own network namespace, at several rates. tcpdump, dumpcap and
// portsniff capture in turn with equal buffers. It needs root.
//
//	go build ./cmd/portsniff && go run ./bench/live -portsniff ./portsniff -seconds 60 -rounds 3
//	go run ./bench/live -portsniff ./portsniff -flat 10m
//	go run ./bench/live -send 20s -rates 300000
//
// Each line is one run. It shows the packets that arrived at the interface, that the program
// counted, and that the kernel dropped according to the program. The last column shows whether the
// sum is right.
//
// With -flat, only portsniff runs, for that time and at the first rate. New flows start all the
// time, and the flow table has 32 MiB. Every ten seconds a line shows its memory, descriptors and
// threads.
//
// With -send it only sends, on an existing interface v0. With -scatter the frames get new random
// addresses and ports each time.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A capturer is a program to measure.
type capturer struct {
	name    string
	command []string
	ready   string         // printed on standard error once it captures
	counts  *regexp.Regexp // matches captured and dropped, or received and dropped
}

func capturers(portsniff string, buffer int) []capturer {
	three := regexp.MustCompile(`(?s)(\d+) packets? captured\n.*?(\d+) packets? dropped by kernel`)
	return []capturer{
		{"tcpdump", []string{"tcpdump", "-n", "-i", "v1", "-B", strconv.Itoa(buffer << 10), "-w",
			"/dev/null"}, "listening on", three},
		{"dumpcap", []string{"dumpcap", "-q", "-i", "v1", "-B", strconv.Itoa(buffer), "-w",
			"/dev/null"}, "File: ",
			regexp.MustCompile(`received/dropped on interface '[^']*': (\d+)/(\d+)`)},
		{"portsniff", []string{portsniff, "-i", "v1", "-q", "-B", strconv.Itoa(buffer << 10)},
			"listening on", three},
	}
}

// settings holds the values of the flags.
type settings struct {
	portsniff, rates, only, logs string
	seconds                      float64
	rounds, buffer               int
	flat, send                   time.Duration
	scatter                      bool
}

func main() {
	log.SetFlags(0)
	var o settings
	flag.StringVar(&o.portsniff, "portsniff", "portsniff", "the program to measure")
	flag.Float64Var(&o.seconds, "seconds", 60, "how long a run is")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each is measured")
	flag.StringVar(&o.rates, "rates", "100000,200000,300000,400000,0",
		"packets a second; 0 is as many as can be sent")
	flag.IntVar(&o.buffer, "buffer", 16, "kernel buffer of each capturer in MiB")
	flag.StringVar(&o.only, "only", "", "measure this program alone")
	flag.StringVar(&o.logs, "logs", "",
		"folder for what the programs print, which is made if need be")
	flag.DurationVar(&o.flat, "flat", 0, "watch portsniff alone for so long")
	flag.DurationVar(&o.send, "send", 0, "only send on v0 for so long")
	flag.BoolVar(&o.scatter, "scatter", false, "with -send: random addresses and ports")
	flag.Parse()
	runtime.LockOSThread() // the namespace belongs to this thread and ends with it
	if err := o.run(); err != nil {
		log.Fatal(err)
	}
}

func (o *settings) run() error {
	var rates []int
	for word := range strings.SplitSeq(o.rates, ",") {
		rate, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		rates = append(rates, rate)
	}
	if o.send > 0 {
		l := load{rate: rates[0], length: o.send, scatter: o.scatter}
		if o.scatter {
			l.renew = 1
		}
		sent, err := l.send()
		fmt.Printf("sent %d, %.0f/s\n", sent, float64(sent)/o.send.Seconds())
		return err
	}
	if o.logs != "" {
		if err := os.MkdirAll(o.logs, 0o755); err != nil {
			return err
		}
	}
	if err := prepare(); err != nil {
		return err
	}
	if o.flat > 0 {
		return o.watchFlat(rates[0])
	}
	fmt.Println(head)
	for round := 1; round <= o.rounds; round++ {
		for _, rate := range rates {
			for _, c := range capturers(o.portsniff, o.buffer) {
				if o.only != "" && c.name != o.only {
					continue
				}
				r, err := c.measure(load{rate: rate,
					length: time.Duration(o.seconds * float64(time.Second))}, nil)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				fmt.Println(r.line(round, rate, o.seconds, c.name))
				if err := o.keep(fmt.Sprintf("%d-%d-%s.log", round, rate, c.name),
					r.log); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// watchFlat runs portsniff under constant load and samples its resource use.
func (o *settings) watchFlat(rate int) error {
	list := capturers(o.portsniff, o.buffer)
	c := list[len(list)-1]
	c.command = append(c.command, "--memory", "32M")
	r, err := c.measure(load{rate: rate, length: o.flat, renew: renewEvery}, os.Stdout)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n%s\n%s", head, r.line(1, rate, o.flat.Seconds(), c.name), r.log)
	return nil
}

// keep writes the output of a program to the folder of -logs.
func (o *settings) keep(name string, text []byte) error {
	if o.logs == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(o.logs, name), text, 0o644)
}

const head = "round  asked/s  sent/s  program        sent   arrived  captured  dropped  lost %  " +
	"adds up  cpu s  peak MiB"

// line returns a row of the table.
func (r *result) line(round, rate int, seconds float64, name string) string {
	return fmt.Sprintf("%5d %8d %7.0f  %-9s %9d %9d %9d %8d %7.3f %8v %6.2f %9d", round, rate,
		float64(r.sent)/seconds, name, r.sent, r.arrived, r.captured, r.dropped,
		100*float64(r.arrived-r.captured)/float64(max(r.arrived, 1)), r.captured+
			r.dropped == r.arrived, r.cpu.Seconds(), r.peak)
}

// prepare creates the namespace and the interfaces, which send no packets by themselves.
func prepare() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("a network namespace needs root: %w", err)
	}
	for _, line := range []string{"ip link add name v0 type veth peer name v1",
		"sysctl -qw net.ipv6.conf.v0.disable_ipv6=1", "sysctl -qw net.ipv6.conf.v1.disable_ipv6=1",
		"ip link set v0 up arp off multicast off", "ip link set v1 up arp off multicast off"} {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, out)
		}
	}
	time.Sleep(time.Second) // wait until the interfaces have a carrier
	return nil
}

// A result holds the numbers of one run. peak is the peak memory in MiB, including the kernel's
// buffer.
type result struct {
	sent, arrived, captured, dropped int64
	cpu                              time.Duration
	peak                             int64
	log                              []byte
}

// measure runs the program under a load. If samples is not nil, it writes samples of the program's
// resource use there.
func (c capturer) measure(l load, samples io.Writer) (r result, err error) {
	cmd := exec.Command(c.command[0], c.command[1:]...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		return r, err
	}
	var out bytes.Buffer
	ready, done := make(chan bool, 1), make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			out.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), c.ready) {
				ready <- true
			}
		}
		done <- lines.Err()
	}()
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		return r, fmt.Errorf("it does not begin: %s", out.String())
	}
	time.Sleep(300 * time.Millisecond)
	before, err := arrived()
	if err != nil {
		return r, err
	}
	var looking *sampler
	if samples != nil {
		looking = watch(cmd.Process.Pid, samples)
	}
	if r.sent, err = l.send(); err != nil {
		return r, err
	}
	if looking != nil {
		if err := looking.end(); err != nil {
			return r, err
		}
	}
	time.Sleep(time.Second)
	if r.arrived, err = arrived(); err != nil {
		return r, err
	}
	r.arrived -= before
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		return r, err
	}
	if err := <-done; err != nil {
		return r, err
	}
	if err := cmd.Wait(); err != nil {
		return r, fmt.Errorf("%w: %s", err, out.String())
	}
	r.log = out.Bytes()
	m := c.counts.FindSubmatch(r.log)
	if m == nil {
		return r, fmt.Errorf("no counts in %s", r.log)
	}
	r.captured, _ = strconv.ParseInt(string(m[1]), 10, 64)
	r.dropped, _ = strconv.ParseInt(string(m[2]), 10, 64)
	r.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peak = usage.Maxrss >> 10
	}
	return r, nil
}

// arrived returns the number of packets that v1 has received.
func arrived() (int64, error) {
	text, err := os.ReadFile("/proc/thread-self/net/dev")
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`v1: *\d+ +(\d+)`).FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("no v1 in %s", text)
	}
	return strconv.ParseInt(string(m[1]), 10, 64)
}
