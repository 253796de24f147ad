// Command live measures what capturers lose: it sends 64-byte UDP frames over a pair of virtual interfaces, in a network namespace of its own, at
// several rates, while tcpdump, dumpcap and portsniff capture in turn with equal buffers. Needs root.
//
//	go build ./cmd/portsniff && go run ./bench/live -portsniff ./portsniff -seconds 60 -rounds 3
//
// Each line is one run: what arrived at the interface, what the program counted, what it says the kernel dropped, and whether the two add up.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
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
	ready   string         // what it prints on standard error once it captures
	counts  *regexp.Regexp // of captured and dropped, or of received and dropped
}

func capturers(portsniff string, buffer int) []capturer {
	three := regexp.MustCompile(`(?s)(\d+) packets? captured\n.*?(\d+) packets? dropped by kernel`)
	return []capturer{
		{"tcpdump", []string{"tcpdump", "-n", "-i", "v1", "-B", strconv.Itoa(buffer << 10), "-w", "/dev/null"}, "listening on", three},
		{"dumpcap", []string{"dumpcap", "-q", "-i", "v1", "-B", strconv.Itoa(buffer), "-w", "/dev/null"}, "File: ",
			regexp.MustCompile(`received/dropped on interface '[^']*': (\d+)/(\d+)`)},
		{"portsniff", []string{portsniff, "-i", "v1", "-q", "-B", strconv.Itoa(buffer << 10)}, "listening on", three},
	}
}

func main() {
	log.SetFlags(0)
	portsniff := flag.String("portsniff", "portsniff", "the program to measure")
	seconds := flag.Float64("seconds", 60, "how long a run is")
	rounds := flag.Int("rounds", 3, "how often each is measured")
	rates := flag.String("rates", "100000,200000,300000,400000,0", "packets a second; 0 is as many as can be sent")
	buffer := flag.Int("buffer", 16, "kernel buffer of each capturer in MiB")
	only := flag.String("only", "", "measure this program alone")
	logs := flag.String("logs", "", "folder for what the programs print")
	flag.Parse()
	runtime.LockOSThread() // the namespace is this thread's, and goes with it
	if err := prepare(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("round  asked/s  sent/s  program    arrived  captured  dropped  lost %  adds up  cpu s  peak MiB")
	for round := 1; round <= *rounds; round++ {
		for _, word := range strings.Split(*rates, ",") {
			rate, err := strconv.Atoi(word)
			if err != nil {
				log.Fatal(err)
			}
			for _, c := range capturers(*portsniff, *buffer) {
				if *only != "" && c.name != *only {
					continue
				}
				r, err := c.measure(rate, time.Duration(*seconds*float64(time.Second)))
				if err != nil {
					log.Fatalf("%s: %v", c.name, err)
				}
				fmt.Printf("%5d %8d %7.0f  %-9s %8d %9d %8d %7.3f %8v %6.2f %9d\n", round, rate, float64(r.sent) / *seconds, c.name, r.arrived, r.captured, r.dropped,
					100*float64(r.arrived-r.captured)/float64(max(r.arrived, 1)), r.captured+r.dropped == r.arrived, r.cpu.Seconds(), r.peak)
				if *logs != "" {
					name := filepath.Join(*logs, fmt.Sprintf("%d-%d-%s.log", round, rate, c.name))
					if err := os.WriteFile(name, r.log, 0o644); err != nil {
						log.Fatal(err)
					}
				}
			}
		}
	}
}

// prepare makes the namespace and the interfaces, which send nothing unasked.
func prepare() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("a network namespace needs root: %w", err)
	}
	for _, line := range []string{"ip link add name v0 type veth peer name v1", "sysctl -qw net.ipv6.conf.v0.disable_ipv6=1", "sysctl -qw net.ipv6.conf.v1.disable_ipv6=1",
		"ip link set v0 up arp off multicast off", "ip link set v1 up arp off multicast off"} {
		words := strings.Fields(line)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, out)
		}
	}
	time.Sleep(time.Second) // for the interfaces to have a carrier
	return nil
}

// A result is what one run came to. peak is in MiB, and has the kernel's buffer in it.
type result struct {
	sent, arrived, captured, dropped int64
	cpu                              time.Duration
	peak                             int64
	log                              []byte
}

func (c capturer) measure(rate int, length time.Duration) (r result, err error) {
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
	if r.sent, err = send(rate, length); err != nil {
		return r, err
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

// arrived is how many packets v1 has received.
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
