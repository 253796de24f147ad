package clickhouse_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/clickhouse"
)

func client(t *testing.T, o clickhouse.Options) *clickhouse.Client {
	t.Helper()
	o.Database = "portsniff"
	o.Timeout = time.Minute
	c, err := clickhouse.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers starts a server with one response for all requests. last returns the last request.
func answers(t *testing.T, text string) (url string, last func() (*http.Request, string)) {
	t.Helper()
	var request *http.Request
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request = r
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-ClickHouse-Query-Id", "1")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() (*http.Request, string) { return request, string(body) }
}

func TestInsert(t *testing.T) {
	url, last := answers(t, "")
	c := client(t, clickhouse.Options{URL: strings.Replace(url, "http://", "http://ana@", 1),
		Password: "secret", DefaultUser: "nobody"})
	if err := c.Insert(t.Context(), "flows", []string{"proto", "port"}, "a.parquet", 4,
		strings.NewReader("PAR1")); err != nil {
		t.Fatal(err)
	}
	r, body := last()
	if body != "PAR1" || r.ContentLength != 4 || r.Method != http.MethodPost {
		t.Errorf("%s %q, %d bytes", r.Method, body, r.ContentLength)
	}
	for name, want := range map[string]string{
		"query":    "INSERT INTO flows (proto, port) FORMAT Parquet",
		"database": "portsniff", "insert_deduplication_token": "a.parquet",
		"distributed_foreground_insert": "1", "async_insert": "0",
		"deduplicate_blocks_in_dependent_materialized_views": "1"} {
		if got := r.URL.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if r.Header.Get("X-ClickHouse-User") != "ana" || r.Header.Get("X-ClickHouse-Key") != "secret" {
		t.Error(r.Header)
	}
	if strings.Contains(r.URL.String(), "secret") || strings.Contains(r.URL.String(), "ana") {
		t.Errorf("the address has the password or the user: %s", r.URL)
	}
}

func TestQuery(t *testing.T) {
	url, last := answers(t, "[9223372036854775807,null]\n[\"a\\n\",\"\",true]\n")
	var got []string
	err := client(t, clickhouse.Options{URL: url}).Query(t.Context(), "look", "SELECT 1",
		func(row []*string) error {
			for _, v := range row {
				if v == nil {
					got = append(got, "NULL")
				} else {
					got = append(got, *v)
				}
			}
			return nil
		})
	if want := []string{"9223372036854775807", "NULL", "a\n", "", "true"}; err != nil ||
		!slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if r, body := last(); body != "SELECT 1" || r.URL.Query().Get("wait_end_of_query") != "1" ||
		r.URL.Query().Get("skip_unavailable_shards") != "0" {
		t.Error(body, r.URL)
	}
}

// TestQueryOfAnotherServer checks that a response that is not rows, or is truncated, is an error
// without rows.
func TestQueryOfAnotherServer(t *testing.T) {
	for _, text := range []string{"[\"1\"]\nCode: 279. DB::Exception", "<html>", "[\"1\"",
		strings.Repeat("x", 2<<20)} {
		url, _ := answers(t, text)
		err := client(t, clickhouse.Options{URL: url}).Query(t.Context(), "look", "SELECT 1",
			func([]*string) error { return nil })
		var e *clickhouse.Error
		if !errors.As(err, &e) || e.Address != url {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "localhost:8123", "ftp://h", "http://", "http://h/?a=b",
		"http://h/#x", "http://u:secret@h", "http://h:port", "clickhouse://h:9000"} {
		_, err := clickhouse.New(clickhouse.Options{URL: bad})
		var address *clickhouse.AddressError
		if !errors.As(err, &address) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for url, want := range map[string]struct {
		port  uint16
		clear bool
	}{"http://h": {80, true}, "https://h": {443, false}, "http://127.0.0.1:8123": {8123, false},
		"http://[::1]:1": {1, false}, "http://localhost:5": {5, false},
		"http://192.0.2.1:6": {6, true}} {
		c := client(t, clickhouse.Options{URL: url})
		if c.Port() != want.port || c.Clear() != want.clear || c.String() != url {
			t.Errorf("%s: %d, %v, %s", url, c.Port(), c.Clear(), c)
		}
	}
}

// pair creates a certificate, signed by an authority or by itself, and writes the certificate and
// the key to files.
func pair(t *testing.T, name string, by *tls.Certificate) (c tls.Certificate, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: by == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign |
			x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{
			x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	form.Subject.CommonName = name
	parent, signer := form, any(private)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &private.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name+".key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der},
		key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = tls.LoadX509KeyPair(cert, key); err != nil {
		t.Fatal(err)
	}
	return c, cert, key
}

// TestCertificates checks that both sides verify certificates, and that a wrong one is not retried.
func TestCertificates(t *testing.T) {
	ca, caFile, _ := pair(t, "authority", nil)
	other, otherCA, _ := pair(t, "other", nil)
	own, _, _ := pair(t, "server", &ca)
	_, cert, key := pair(t, "client", &ca)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		w.Header().Set("X-ClickHouse-Query-Id", "1")
		fmt.Fprintf(w, "[%q]\n", r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: roots,
		ClientAuth: tls.RequireAndVerifyClientCert}
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	query := func(o clickhouse.Options) (name string, err error) {
		o.URL = s.URL
		err = client(t, o).Query(t.Context(), "look", "SELECT 1", func(row []*string) error {
			name = *row[0]
			return nil
		})
		return name, err
	}
	if name, err := query(clickhouse.Options{CA: caFile, Cert: cert, Key: key}); err != nil ||
		name != "client" {
		t.Error(name, err)
	}
	_, foreign, foreignKey := pair(t, "foreigner", &other)
	for what, c := range map[string]struct {
		o    clickhouse.Options
		hint string
	}{
		"system":   {clickhouse.Options{Cert: cert, Key: key}, "--ca FILE"},
		"other":    {clickhouse.Options{CA: otherCA, Cert: cert, Key: key}, "--ca FILE"},
		"none":     {clickhouse.Options{CA: caFile}, "--cert and --cert-key"},
		"stranger": {clickhouse.Options{CA: caFile, Cert: foreign, Key: foreignKey}, "--cert"},
	} {
		_, err := query(c.o)
		var e *clickhouse.Error
		if !errors.As(err, &e) || e.Temporary() || !e.Everything() ||
			!strings.Contains(err.Error(), "certificate") || !strings.Contains(e.Hint(), c.hint) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, o := range []clickhouse.Options{{CA: "missing"}, {CA: key}, {Cert: cert, Key: caFile},
		{Cert: "missing", Key: key}} {
		o.URL = s.URL
		if _, err := clickhouse.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestAnswerWithoutLength checks that an answer whose end nothing marks is an error: a proxy that
// loses its connection to the server closes this one in the same way.
func TestAnswerWithoutLength(t *testing.T) {
	for _, c := range []struct {
		header, body string
		ok           bool
	}{
		{"Content-Length: 6\r\n", "[\"1\"]\n", true},
		{"Transfer-Encoding: chunked\r\n", "6\r\n[\"1\"]\n\r\n0\r\n\r\n", true},
		{"Connection: close\r\n", "[\"1\"]\n", false},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: 1\r\n%s\r\n%s", c.header,
				c.body)
		}))
		err := client(t, clickhouse.Options{URL: s.URL}).Query(t.Context(), "look", "SELECT 1",
			func([]*string) error { return nil })
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "no length") {
			t.Errorf("%q: %v", c.header, err)
		}
		s.Close()
	}
}

// TestUnreadableFile checks that a read error of the body is not an error of the server.
func TestUnreadableFile(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the server got a whole file")
		}
	}))
	defer s.Close()
	broken := io.MultiReader(bytes.NewReader(make([]byte, 100)), failing{})
	err := client(t, clickhouse.Options{URL: s.URL}).Insert(t.Context(), "flows", nil, "x", 200,
		broken)
	var e *clickhouse.Error
	if !errors.Is(err, errBroken) || errors.As(err, &e) {
		t.Error(err)
	}
}

var errBroken = errors.New("broken disk")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

// TestErrorNumbers checks what follows from ClickHouse's number of an error: some have status 500,
// but every later request would fail too.
func TestErrorNumbers(t *testing.T) {
	for number, c := range map[int]struct {
		status          int
		message, hint   string
		temporary, each bool
	}{
		16: {500, "No such column x in table y",
			"to update the tables: portsniff schema clickhouse", false, true},
		60: {404, "Unknown table 'flows' in scope SELECT f.start_ns FROM flows AS f",
			"to make the tables: portsniff schema clickhouse", false, true},
		164: {500, "ana: Cannot execute query in readonly mode",
			"to read, the user needs SELECT on the database; to ship, INSERT too", false, true},
		252: {500, "Too many parts", "", true, false},
		117: {400, "Not a Parquet file", "", false, false},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-ClickHouse-Exception-Code", fmt.Sprint(number))
			http.Error(w, c.message, c.status)
		}))
		err := client(t, clickhouse.Options{URL: s.URL}).Query(t.Context(), "look", "SELECT 1",
			func([]*string) error { return nil })
		s.Close()
		var e *clickhouse.Error
		if !errors.As(err, &e) || e.Temporary() != c.temporary || e.Everything() != c.each ||
			e.Hint() != c.hint {
			t.Errorf("%d: %v, %+v", number, err, e)
		}
		if strings.Contains(err.Error(), "SELECT") {
			t.Errorf("the query is in %q", err)
		}
	}
}

func TestTexts(t *testing.T) {
	for want, e := range map[string]clickhouse.Error{
		"http://h: look: no answer in time":                 {Err: context.DeadlineExceeded},
		"http://h: look: the server closed the connection":  {Err: io.ErrUnexpectedEOF},
		"http://h: look: 500: Code: 1":                      {Status: 500, Message: "Code: 1"},
		"http://h: look: 502 Bad Gateway":                   {Status: 502},
		"http://h: look: the answer is not from ClickHouse": {Status: 200},
	} {
		e.Address, e.What = "http://h", "look"
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
