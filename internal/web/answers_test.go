package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestDataIsCompressed checks that only browsers that accept gzip get it (RFC 9110 section 12.5.3).
func TestDataIsCompressed(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]string{"gzip, deflate, br": "gzip", "br,gzip": "gzip",
		"gzip;q=0": "", "br": "", "": ""} {
		resp, body := s.ask(t, "GET /data.json HTTP/1.1\nHost: $HOST\nAuthorization: Bearer "+
			"$TOKEN\nAccept-Encoding: "+accept+"\n\n")
		if got := resp.Header.Get("Content-Encoding"); got != want || resp.StatusCode != 200 ||
			resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %s, encoding %q, want %q", accept, resp.Status, got, want)
			continue
		}
		if want == "gzip" {
			z, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			body = string(text)
		}
		if !strings.HasPrefix(body, "{") {
			t.Errorf("%q: %.40q", accept, body)
		}
	}
}

// patient records the deadline of an answer.
type patient struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (p *patient) SetWriteDeadline(t time.Time) error {
	p.until = t
	return nil
}

// TestDataHasADeadline checks that an answer ends if its client does not read it.
func TestDataHasADeadline(t *testing.T) {
	s := serve(t, nil)
	r := httptest.NewRequest(http.MethodGet, "/data.json", http.NoBody)
	r.Host = s.addr
	r.Header.Set("Authorization", "Bearer "+s.Token())
	w := &patient{ResponseRecorder: httptest.NewRecorder()}
	began := time.Now()
	s.ServeHTTP(w, r)
	if after := w.until.Sub(began); w.Code != 200 || after <= 0 || after > time.Hour {
		t.Errorf("status %d, deadline after %v", w.Code, after)
	}
}

// TestErrorPageGivesReason checks that an address without the token, or with an old token,
// returns a page with an explanation and no data of the capture.
func TestErrorPageGivesReason(t *testing.T) {
	s := serve(t, nil)
	for path, want := range map[string]string{"/": "it has a token",
		"/?token=0123": "from another run"} {
		resp, body := s.ask(t, "GET "+path+" HTTP/1.1\nHost: $HOST\n\n")
		if resp.StatusCode != 401 || !strings.HasPrefix(body, "<!doctype html>") ||
			!strings.Contains(body, want) || strings.Contains(body, "<script") ||
			!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s, %q", path, resp.Status, body)
		}
	}
}
