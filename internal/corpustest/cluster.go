package corpustest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A Shard is a ClickHouse server of a test, on loopback.
type Shard struct {
	URL     string
	Address string // where the other shards reach it

	args []string
	cmd  *exec.Cmd
}

// Cluster starts ClickHouse servers that are the shards of the cluster "main". They are the npm
// package chdb, which has ClickHouse as a library; Python loads it.
func Cluster(t testing.TB, shards int) []*Shard {
	t.Helper()
	python := Tool(t, "python3")
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "testdata", "chdb")
	libraries, err := filepath.Glob(filepath.Join(dir, "node_modules", "@chdb", "*",
		"libchdb.so"))
	if err != nil || len(libraries) == 0 {
		Missing(t, "chdb is not installed (npm install in internal/corpustest/testdata/chdb), "+
			"no cluster was started")
	}
	var list []*Shard
	remote := ""
	for range shards {
		tcp, web := freePort(t), freePort(t)
		remote += fmt.Sprintf("<shard><replica><host>127.0.0.1</host><port>%d</port></replica>"+
			"</shard>", tcp)
		list = append(list, &Shard{URL: fmt.Sprintf("http://127.0.0.1:%d", web),
			Address: fmt.Sprintf("127.0.0.1:%d", tcp), args: []string{
				python, filepath.Join(dir, "server.py"), libraries[0], "--path=" + t.TempDir(),
				"--query=SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) " +
					"FROM numbers(3600) SETTINGS max_block_size = 1 FORMAT Null", "--config-file=",
				"--", fmt.Sprintf("--tcp_port=%d", tcp), fmt.Sprintf("--http_port=%d", web)}})
	}
	config := filepath.Join(t.TempDir(), "config.xml")
	text := "<clickhouse><listen_host>127.0.0.1</listen_host><remote_servers><main>" + remote +
		"</main></remote_servers></clickhouse>"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		for i, a := range s.args {
			if a == "--config-file=" {
				s.args[i] += config
			}
		}
		s.Start(t)
		t.Cleanup(s.Kill)
	}
	for _, s := range list {
		s.Wait(t)
	}
	return list
}

// freePort is a TCP port that nothing listened at a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Start starts the server, also after Kill.
func (s *Shard) Start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// Wait waits until the server answers.
func (s *Shard) Wait(t testing.TB) {
	t.Helper()
	for range 600 {
		if r, err := http.Get(s.URL + "/ping"); err == nil && r.Body.Close() == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", s.URL)
}

// Kill ends the server as a power cut would.
func (s *Shard) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()
}

// Query runs a statement, and returns the rows as lines with tabs.
func (s *Shard) Query(t testing.TB, database, sql string) []string {
	t.Helper()
	r, err := http.Post(s.URL+"/?"+url.Values{"database": {database}}.Encode(), "text/plain",
		strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%v: %s: %.500s", err, r.Status, text)
	}
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
