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
	"sync"
	"testing"
	"time"
)

// A Shard is a ClickHouse server for tests on the loopback interface.
type Shard struct {
	URL     string
	Address string // address for the other shards

	args  []string
	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the server is no longer restarted
}

// listen makes a server listen for an hour.
const listen = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
	"SELECT sleepEachRow(1) FROM numbers(3600) SETTINGS max_block_size = 1 FORMAT Null"

// Reader is a user of the servers without a password, with the right to read only.
const Reader = "reader"

const users = "<clickhouse><profiles><default/><reads><readonly>1</readonly></reads></profiles>" +
	"<quotas><default/></quotas><users><default><password/><profile>default</profile></default><" +
	Reader + "><password/><profile>reads</profile></" + Reader + "></users></clickhouse>"

// Cluster starts ClickHouse servers that are the shards of the cluster "main". Python loads them
// from the npm package chdb, which contains ClickHouse as a library.
func Cluster(t testing.TB, shards int) []*Shard {
	t.Helper()
	python := Tool(t, "python3")
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "testdata", "chdb")
	libraries, err := filepath.Glob(filepath.Join(dir, "node_modules/@chdb/*/libchdb.so"))
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
		list = append(list, &Shard{
			URL:     fmt.Sprintf("http://127.0.0.1:%d", web),
			Address: fmt.Sprintf("127.0.0.1:%d", tcp),
			args: []string{python, filepath.Join(dir, "server.py"), libraries[0],
				"--path=" + t.TempDir(), "--query=" + listen, "--config-file=",
				"--", fmt.Sprintf("--tcp_port=%d", tcp), fmt.Sprintf("--http_port=%d", web)},
		})
	}
	dir = t.TempDir()
	config, access := filepath.Join(dir, "config.xml"), filepath.Join(dir, "users.xml")
	text := "<clickhouse><listen_host>127.0.0.1</listen_host><users_config>" + access +
		"</users_config><user_directories><users_xml><path>" + access +
		"</path></users_xml></user_directories><remote_servers><main>" + remote +
		"</main></remote_servers></clickhouse>"
	for name, text := range map[string]string{config: text, access: users} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
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

// freePort returns a TCP port on which nothing listened a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Start starts the server, also after Kill. If it ends by itself, it is restarted, as by a service
// manager, because the library is not made to run for long.
func (s *Shard) Start(t testing.TB) {
	t.Helper()
	start := func() (*exec.Cmd, error) {
		cmd := exec.Command(s.args[0], s.args[1:]...)
		return cmd, cmd.Start()
	}
	cmd, err := start()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd, s.ended = cmd, make(chan struct{})
	go func() {
		defer close(s.ended)
		for {
			_ = cmd.Wait()
			s.mu.Lock()
			if s.cmd == nil { // it was killed
				s.mu.Unlock()
				return
			}
			if cmd, err = start(); err != nil {
				s.mu.Unlock()
				return
			}
			s.cmd = cmd
			s.mu.Unlock()
		}
	}()
}

// Wait waits until the server responds.
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

// Kill ends the server like a power failure.
func (s *Shard) Kill() {
	s.mu.Lock()
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended already
		s.cmd = nil
	}
	s.mu.Unlock()
	<-s.ended
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
