package clickhouse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxMessage is the most bytes that are read of a response header or of an error.
const maxMessage = 64 << 10

// maxShown is the most bytes of a server message that are shown.
const maxShown = 300

// An Error reports a failed request.
type Error struct {
	Address string // address of the server
	What    string // what was requested
	Status  int    // HTTP status, 0 if there was no response
	Code    int    // ClickHouse's number of the error, 0 if unknown
	Message string // message of the server
	Err     error  // why there was no response
}

func (e *Error) Error() string {
	text := e.Address + ": " + e.What + ": "
	switch {
	case e.Err != nil:
		return text + reason(e.Err)
	case e.Status == http.StatusOK:
		return text + "the answer is not from ClickHouse"
	case e.Message == "":
		return text + fmt.Sprint(e.Status, " ", http.StatusText(e.Status))
	}
	return text + fmt.Sprintf("%d: %s", e.Status, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// hints are advice for errors that every request meets until someone changes the server, by
// ClickHouse's number of the error.
var hints = map[int]string{
	16:  oldTables,                                  // no such column in the table
	47:  oldTables,                                  // unknown identifier
	60:  noTables,                                   // unknown table
	81:  noTables,                                   // unknown database
	115: "to use portsniff: ClickHouse 24 or newer", // unknown setting
	164: noRight,                                    // read-only
	497: noRight,                                    // access denied
	516: "to log in: --user and --password-file",    // authentication failed
}

const (
	noTables  = "to make the tables: portsniff schema clickhouse"
	oldTables = "to update the tables: portsniff schema clickhouse"
	noRight   = "to read, the user needs SELECT on the database; to ship, INSERT too"
)

// Hint returns what to do about the error, or "".
func (e *Error) Hint() string {
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(e.Err, &unknown):
		return "to trust the authority that signed it: --ca FILE"
	case isAlert(e.Err):
		return "to show a client certificate: --cert and --cert-key"
	}
	return hints[e.Code]
}

// isAlert reports whether the server ended the TLS handshake, usually because it does not accept
// the client's certificate.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// reason returns a short reason. It removes the URL with all settings that the library repeats in
// its errors.
func reason(err error) string {
	var u *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &u):
		err = u.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the server closed the connection"
	}
	return err.Error()
}

// inScope matches the query in a message. It is longer than the message.
var inScope = regexp.MustCompile(`(?i)[ .,]+in scope (SELECT|WITH) .*`)

// read fills in the error from a response.
func (e *Error) read(resp *http.Response) error {
	e.Status = resp.StatusCode
	if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
		e.Message = "the server redirects to " + to
		return e
	}
	// A message that cannot be read is not shown: the status is enough.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxMessage))
	e.Message = strings.Join(strings.Fields(string(text)), " ")
	e.Message = inScope.ReplaceAllString(e.Message, ".")
	e.Code, _ = strconv.Atoi(resp.Header.Get("X-ClickHouse-Exception-Code"))
	if len(e.Message) > maxShown {
		e.Message = strings.ToValidUTF8(e.Message[:maxShown], "") + "…"
	}
	return e
}

// Temporary reports whether the same request may succeed later.
func (e *Error) Temporary() bool {
	var unknown *tls.CertificateVerificationError
	switch {
	case e.Hint() != "":
		return false
	case e.Err != nil:
		return !errors.As(e.Err, &unknown) && !isAlert(e.Err)
	case e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500
}

// Everything reports whether other requests would fail in the same way: the server is unreachable,
// rejects the user, or lacks the tables.
func (e *Error) Everything() bool {
	if e.Hint() != "" {
		return true
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnprocessableEntity:
		return false
	}
	return e.Err != nil || e.Status < 500
}
