package testkit

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/portsniff/portsniff/internal/store"
)

// A ClickHouse is a fake server that supports inserts only. It checks tokens, and stores nothing of
// an incomplete file.
type ClickHouse struct {
	*httptest.Server
	// Fault answers a request instead of the server, if it returns true.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	Inserted map[string][]byte // by table and token
	Order    []string          // keys of new inserts, in order
	Requests []*http.Request
}

// NewClickHouse starts a server that ends with the test.
func NewClickHouse(t testing.TB) *ClickHouse {
	f := &ClickHouse{Inserted: map[string][]byte{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// SetFault changes Fault while the server is running.
func (f *ClickHouse) SetFault(fault func(w http.ResponseWriter, r *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Fault = fault
}

// ServeHTTP answers a request.
func (f *ClickHouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.Requests = append(f.Requests, r)
	fault := f.Fault
	f.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	w.Header().Set("X-ClickHouse-Query-Id", "1")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the connection was cut
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	table, isInsert := strings.CutPrefix(q.Get("query"), "INSERT INTO ")
	if !isInsert {
		_, id, _ := strings.Cut(string(body), "'")
		_, has := f.Inserted["inputs/"+strings.TrimRight(id, "'")+".parquet"]
		fmt.Fprintf(w, "[\"%d\"]\n", map[bool]int{true: 1}[has])
		return
	}
	if !bytes.HasPrefix(body, []byte("PAR1")) || !bytes.HasSuffix(body, []byte("PAR1")) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "Code: 117. DB::Exception: Not a Parquet file")
		return
	}
	table, _, _ = strings.Cut(table, " ")
	key := table + "/" + q.Get("insert_deduplication_token")
	if _, again := f.Inserted[key]; !again {
		f.Inserted[key] = body
		f.Order = append(f.Order, key)
	}
}

// Asked returns the number of requests so far.
func (f *ClickHouse) Asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.Requests)
}

// Has compares the inserts with the files of a store: each file once, and no others.
func (f *ClickHouse) Has(t testing.TB, folder string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	files := 0
	list, err := store.Contents(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range list {
		for _, file := range in.Files {
			want, err := os.ReadFile(filepath.Join(folder, file.Name))
			if err != nil {
				t.Fatal(err)
			}
			got := f.Inserted[file.Table+"/"+filepath.Base(file.Name)]
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes arrived, want %d", file.Name, len(got), len(want))
			}
			files++
		}
	}
	if len(f.Inserted) != files || files == 0 {
		t.Errorf("the server has %d files of %d", len(f.Inserted), files)
	}
}
