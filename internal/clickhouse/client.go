// Package clickhouse is a client for the HTTP interface of a ClickHouse server.
package clickhouse

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Options select the server, and the user and certificates of a client.
type Options struct {
	URL      string // http://HOST:8123 or https://HOST:8443, optionally with a user name
	Database string
	User     string // "" for the user of the URL
	Password string
	CA       string // file with CA certificates (PEM), "" for those of the system
	Cert     string // file with the client certificate (PEM), "" for none
	Key      string // file with the private key of Cert

	// DefaultUser is used if neither User nor the URL has a user; "" for the server's default.
	DefaultUser string
	// Timeout is the longest time of a request, from the first to the last byte.
	Timeout time.Duration
}

// A Client sends requests to a server. It is safe for concurrent use.
type Client struct {
	base     url.URL
	database string
	user     string
	password string
	timeout  time.Duration
	http     *http.Client
}

// An AddressError reports an invalid address.
type AddressError struct{ Address, Reason string }

func (e *AddressError) Error() string { return fmt.Sprintf("%q: %s", e.Address, e.Reason) }

// New returns a client. It reads the files of the options, and sends nothing.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.Fragment != "" {
		return nil, &AddressError{o.URL, "use http://HOST:PORT or https://HOST:PORT"}
	}
	if _, has := u.User.Password(); has {
		return nil, &AddressError{u.Redacted(), "a password in an address can be read by " +
			"other users of this machine; use a file or the environment"}
	}
	c := &Client{base: *u, database: o.Database, user: o.User, password: o.Password,
		timeout: o.Timeout}
	if c.user == "" {
		c.user = cmp.Or(u.User.Username(), o.DefaultUser)
	}
	c.base.User = nil
	if c.base.Path == "" {
		c.base.Path = "/"
	}
	config, err := o.tls()
	if err != nil {
		return nil, err
	}
	// Use Go's resolver: cgo's loads libraries at its first use, which a sandbox forbids.
	dialer := &net.Dialer{Timeout: dialTime, Resolver: &net.Resolver{PreferGo: true}}
	c.http = &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: config,
			TLSHandshakeTimeout: dialTime, MaxIdleConns: 1, DisableCompression: true,
			MaxResponseHeaderBytes: maxMessage},
		// A redirect would send the password to another server.
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	return c, nil
}

// dialTime is the longest time to connect to a server.
const dialTime = 10 * time.Second

// tls returns the TLS configuration with the certificates of the options.
func (o *Options) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != "" {
		text, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: no certificate in PEM format", o.CA)
		}
	} else if strings.HasPrefix(o.URL, "https:") {
		pool, err := x509.SystemCertPool() // must be read before a sandbox closes
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		var file *fs.PathError // names the file
		if err != nil && !errors.As(err, &file) {
			err = fmt.Errorf("certificate %s with key %s: %w", o.Cert, o.Key, err)
		}
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// String returns the address of the server.
func (c *Client) String() string { return c.base.Scheme + "://" + c.base.Host }

// Port returns the TCP port of the server.
func (c *Client) Port() uint16 {
	if n, err := strconv.ParseUint(c.base.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if c.base.Scheme == "https" {
		return 443
	}
	return 80
}

// Clear reports whether passwords and rows are sent to another machine without encryption.
func (c *Client) Clear() bool {
	ip := net.ParseIP(c.base.Hostname())
	local := c.base.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return c.base.Scheme == "http" && !local
}

// do posts a query with its settings and body. The caller must close the response body.
func (c *Client) do(ctx context.Context, what, query string, settings url.Values, size int64,
	body io.Reader) (*http.Response, error) {
	fail := &Error{Address: c.String(), What: what}
	u := c.base
	settings.Set("database", c.database)
	// With this setting, an error comes before the response body, not in its middle.
	settings.Set("wait_end_of_query", "1")
	if body == nil {
		body, size = strings.NewReader(query), int64(len(query))
	} else {
		settings.Set("query", query)
	}
	u.RawQuery = settings.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	req.Header.Set("User-Agent", "portsniff")
	if c.user != "" {
		req.Header.Set("X-ClickHouse-User", c.user)
	}
	if c.password != "" {
		req.Header.Set("X-ClickHouse-Key", c.password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		fail.Err = err
		return nil, fail
	}
	if resp.StatusCode == http.StatusOK && isClickHouse(resp.Header) {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, fail.read(resp)
}

// isClickHouse reports whether a response is from a ClickHouse server. Another server may respond
// with success and discard the data.
func isClickHouse(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "X-Clickhouse-") {
			return true
		}
	}
	return false
}

// insertSettings are the settings of an insert. They make the blocks of a file the same each time
// it is sent, so the server recognizes each block by the token. The response arrives after all
// shards have the data.
var insertSettings = map[string]string{
	"async_insert":                                       "0",
	"insert_deduplicate":                                 "1",
	"distributed_foreground_insert":                      "1",
	"max_insert_threads":                                 "1",
	"max_threads":                                        "1",
	"input_format_parallel_parsing":                      "0",
	"input_format_parquet_preserve_order":                "1",
	"deduplicate_blocks_in_dependent_materialized_views": "1",
	"input_format_parquet_max_block_size":                "65409",
	"min_insert_block_size_rows":                         "1048449",
	"min_insert_block_size_bytes":                        "0",
}

// Insert sends a Parquet file into columns of a table. If a file with the same token was inserted
// before, nothing changes. After an error, the file may be inserted only in part. It is an error if
// the table lacks one of the columns: without the list, its values would be dropped silently.
func (c *Client) Insert(ctx context.Context, table string, columns []string, token string,
	size int64, body io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	settings := url.Values{}
	for name, value := range insertSettings {
		settings.Set(name, value)
	}
	settings.Set("insert_deduplication_token", token)
	what := "insert into " + table
	source := &source{r: body}
	query := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") FORMAT Parquet"
	resp, err := c.do(ctx, what, query, settings, size, source)
	if err == nil {
		err = drain(resp.Body)
		if err != nil {
			err = &Error{Address: c.String(), What: what, Err: err}
		}
	}
	if source.err != nil { // the request's error would describe it as a network error
		return source.err
	}
	return err
}

// A source records why a file could not be read. It hides the other methods of the file, so that
// the HTTP client copies the bytes with Read.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// drain reads a response without rows to its end, so that the connection can be reused.
func drain(body io.ReadCloser) error {
	_, err := io.Copy(io.Discard, io.LimitReader(body, maxMessage))
	return errors.Join(err, body.Close())
}

// HasInput reports whether the table inputs of a portsniff database has a row for an input.
func (c *Client) HasInput(ctx context.Context, id string) (has bool, err error) {
	err = c.Query(ctx, "look for input "+id, "SELECT count() FROM inputs WHERE input = '"+id+"'",
		func(row []*string) error {
			has = len(row) == 1 && row[0] != nil && *row[0] != "0"
			return nil
		})
	return has, err
}
