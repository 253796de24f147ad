package ipfix_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// goflow2Package is the program that is built if GoFlow2 is not installed.
const goflow2Package = "github.com/netsampler/goflow2/v2/cmd/goflow2@v2.2.6"

// goflow2 returns the path of an installed program. If there is none and the environment requires
// it, goflow2 builds the program.
func goflow2(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("goflow2"); err == nil {
		return path
	}
	if os.Getenv(corpustest.RequireEnv) != "1" { // if it is 1, the program is built
		corpustest.Missing(t, "goflow2 is not installed, nothing was compared with it")
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "install", goflow2Package)
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOOS=", "GOARCH=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "goflow2")
}

// A goflow2Record is a flow in the output of GoFlow2.
type goflow2Record struct {
	Bytes        int    `json:"bytes"`
	Packets      int    `json:"packets"`
	Source       string `json:"src_addr"`
	Destination  string `json:"dst_addr"`
	Proto        string `json:"proto"`
	SourcePort   int    `json:"src_port"`
	DestPort     int    `json:"dst_port"`
	Start        int64  `json:"time_flow_start_ns"`
	End          int64  `json:"time_flow_end_ns"`
	Flags        uint8  `json:"tcp_flags"`
	SamplingRate int    `json:"sampling_rate"`
	Domain       int    `json:"observation_domain_id"`
}

// GoFlow2 has the same sums for each direction of a flow as tshark has from the capture. It also
// receives the information that there is no sampling.
func TestGoFlow2SumsAgainstTshark(t *testing.T) {
	program := goflow2(t)
	for _, sample := range samples {
		t.Run(sample, func(t *testing.T) {
			want, got := tsharkSums(t, sample), sums{}
			for _, r := range goflow2Records(t, program, sample) {
				got.add(strings.Join([]string{r.Source, r.Destination, strconv.Itoa(r.SourcePort),
					strconv.Itoa(r.DestPort), r.Proto}, " "), r.Packets, r.Bytes)
				if r.SamplingRate != 1 || r.Domain != 1 || r.Start > r.End || r.Start == 0 ||
					(r.Flags == 0) != (r.Proto == "UDP") {
					t.Errorf("%+v", r)
				}
			}
			if len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("GoFlow2 has %v\ntshark has %v", got, want)
			}
		})
	}
}

// goflow2Records exports a sample to GoFlow2 and reads its output.
func goflow2Records(t *testing.T, program, sample string) (list []goflow2Record) {
	t.Helper()
	l, err := net.ListenPacket("udp4", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	port := l.LocalAddr().(*net.UDPAddr).Port
	l.Close()
	file := filepath.Join(t.TempDir(), "records")
	// one worker: two may decode a message before the one with its templates
	cmd := exec.Command(program, "-listen", fmt.Sprintf("netflow://127.0.0.1:%d?workers=1", port),
		"-addr", "127.0.0.1:0", "-transport.file", file)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // fails if the process has ended
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "starting collection") {
	}
	waitUntilRead(t, port) // until it listens
	e := export(t, sample, fmt.Sprintf("udp://127.0.0.1:%d", port), false)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if text, err := os.ReadFile(file); err == nil &&
			bytes.Count(text, []byte("\n")) >= int(e.Sent()) {
			break // on SIGTERM GoFlow2 would drop waiting records
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if s := lines.Text(); strings.Contains(s, "level=ERROR") {
			t.Error(s)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	out, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for d := json.NewDecoder(out); d.More(); {
		var r goflow2Record
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}
