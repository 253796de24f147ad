package web_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	bearer = "\nAuthorization: Bearer $TOKEN"
	post   = "POST /capture HTTP/1.1\nHost: $HOST" + bearer + "\nContent-Length: 4"
)

// whoIsAnswered lists requests as they are sent: valid ones and attempts of other web sites. Each
// has the right status and the number of captures that are decoded.
var whoIsAnswered = []struct {
	name, request string
	status        int
	decoded       int
}{
	{"right", "GET / HTTP/1.1\nHost: $HOST" + bearer, 200, 0},
	{"right, by the machine's own name", "GET /data.json HTTP/1.1\nHost: localhost:$PORT" + bearer,
		200, 0},
	{"another host", "GET / HTTP/1.1\nHost: evil.com" + bearer, 421, 0},
	{"another host with the port", "GET / HTTP/1.1\nHost: evil.com:$PORT" + bearer, 421, 0},
	{"a host that begins the same", "GET / HTTP/1.1\nHost: localhost.evil.com:$PORT" + bearer, 421,
		0},
	{"an address that begins the same", "GET / HTTP/1.1\nHost: 127.0.0.1.evil.com:$PORT" + bearer,
		421, 0},
	{"another port", "GET / HTTP/1.1\nHost: 127.0.0.1:1" + bearer, 421, 0},
	{"no port", "GET / HTTP/1.1\nHost: 127.0.0.1" + bearer, 421, 0},
	{"user before the host", "GET / HTTP/1.1\nHost: x@$HOST" + bearer, 400, 0},
	{"empty host", "GET / HTTP/1.1\nHost: " + bearer, 421, 0},
	{"no host", "GET / HTTP/1.0" + bearer, 421, 0},
	{"two hosts", "GET / HTTP/1.1\nHost: $HOST\nHost: evil.com" + bearer, 400, 0},
	{"absolute address elsewhere", "GET http://evil.com/ HTTP/1.1\nHost: $HOST" + bearer, 421, 0},
	{"absolute address here, host elsewhere", "GET http://$HOST/ HTTP/1.1\nHost: evil.com" + bearer,
		421, 0},
	{"another host, forwarded for this one",
		"GET / HTTP/1.1\nHost: evil.com\nX-Forwarded-Host: $HOST" + bearer, 421, 0},
	{"this host, forwarded for another one",
		"GET / HTTP/1.1\nHost: $HOST\nX-Forwarded-Host: evil.com" + bearer, 200, 0},
	{"no token", "GET / HTTP/1.1\nHost: $HOST", 401, 0},
	{"no token for the data", "GET /data.json HTTP/1.1\nHost: $HOST", 401, 0},
	{"no token for the events", "GET /events HTTP/1.1\nHost: $HOST", 401, 0},
	{"no token for a capture",
		"POST /capture HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"a wrong token", "GET / HTTP/1.1\nHost: $HOST\nAuthorization: Bearer 00", 401, 0},
	{"an empty token", "GET /?token= HTTP/1.1\nHost: $HOST", 401, 0},
	{"a wrong token in the link", "GET /?token=$TOKEN0 HTTP/1.1\nHost: $HOST", 401, 0},
	{"the token as a cookie", "GET / HTTP/1.1\nHost: $HOST\nCookie: portsniff-$PORT=$TOKEN", 401,
		0},
	{"an empty cookie", "GET / HTTP/1.1\nHost: $HOST\nCookie: portsniff-$PORT=", 401, 0},
	{"nothing there", "GET /../etc/passwd HTTP/1.1\nHost: $HOST" + bearer, 404, 0},
	{"another method", "DELETE / HTTP/1.1\nHost: $HOST" + bearer, 405, 0},
	{"a capture by GET", "GET /capture HTTP/1.1\nHost: $HOST\nX-Portsniff: 1" + bearer +
		"\nContent-Length: 4", 405, 0},
	{"events without a capture", "GET /events HTTP/1.1\nHost: $HOST" + bearer, 404, 0},
	{"a capture", post + "\nX-Portsniff: 1\nOrigin: http://$HOST\nSec-Fetch-Site: same-origin", 200,
		1},
	{"a capture from a program", post + "\nX-Portsniff: 1", 200, 1},
	{"a capture without the header", post, 403, 0},
	{"a capture from another site", post + "\nX-Portsniff: 1\nSec-Fetch-Site: cross-site", 403, 0},
	{"a capture from another server here", post + "\nX-Portsniff: 1\nSec-Fetch-Site: same-site",
		403, 0},
	{"a capture from another site, in an old browser", post +
		"\nX-Portsniff: 1\nOrigin: http://evil.com", 403, 0},
	{"a capture from another port, in an old browser", post +
		"\nX-Portsniff: 1\nOrigin: http://127.0.0.1:1", 403, 0},
	{"a capture from a file, in an old browser", post + "\nX-Portsniff: 1\nOrigin: null", 403, 0},
	{"a filter", ask("/filter?after=0") +
		"\nX-Portsniff: 1\nOrigin: http://$HOST\nSec-Fetch-Site: same-origin", 200, 1},
	{"a filter by GET", "GET /filter HTTP/1.1\nHost: $HOST\nX-Portsniff: 1" + bearer, 405, 0},
	{"a filter without the token",
		"POST /filter HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"a filter without the header", ask("/filter"), 403, 0},
	{"a filter from another site", ask("/filter") + "\nX-Portsniff: 1\nSec-Fetch-Site: cross-site",
		403, 0},
	{"a filter from another site, in an old browser", ask("/filter") +
		"\nX-Portsniff: 1\nOrigin: http://evil.com", 403, 0},
	{"a filter to another host", "POST /filter HTTP/1.1\nHost: evil.com\nX-Portsniff: 1" + bearer +
		"\nContent-Length: 4", 421, 0},
	{"a filter of a capture that is gone", ask("/filter?capture=7") + "\nX-Portsniff: 1", 410, 0},
	{"flows", ask("/flows") + "\nX-Portsniff: 1", 200, 1},
	{"flows by GET", "GET /flows HTTP/1.1\nHost: $HOST\nX-Portsniff: 1" + bearer, 405, 0},
	{"flows without the token",
		"POST /flows HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"flows without the header", ask("/flows"), 403, 0},
	{"flows from another site", ask("/flows") + "\nX-Portsniff: 1\nSec-Fetch-Site: cross-site",
		403, 0},
	{"packets without the token",
		"POST /save HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"packets from another site", ask("/save") + "\nX-Portsniff: 1\nSec-Fetch-Site: cross-site",
		403, 0},
	{"packets without the header", ask("/save"), 403, 0},
	{"a sample", ask("/sample?name=http") + "\nX-Portsniff: 1", 200, 1},
	{"a sample that there is not", ask("/sample?name=%2Fetc%2Fpasswd") + "\nX-Portsniff: 1", 404,
		0},
	{"a sample without the token",
		"POST /sample?name=http HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"a sample from another site", ask("/sample?name=http") +
		"\nX-Portsniff: 1\nSec-Fetch-Site: cross-site", 403, 0},
	{"a sample by GET", "GET /sample?name=http HTTP/1.1\nHost: $HOST\nX-Portsniff: 1" + bearer, 405,
		0},
	{"the list of samples", "GET /samples HTTP/1.1\nHost: $HOST" + bearer, 200, 0},
	{"the list of samples without the token", "GET /samples HTTP/1.1\nHost: $HOST", 401, 0},
	{"control without a capture", ask("/control") + "\nX-Portsniff: 1", 404, 0},
	{"control without the token",
		"POST /control HTTP/1.1\nHost: $HOST\nX-Portsniff: 1\nContent-Length: 4", 401, 0},
	{"control without the header", ask("/control"), 403, 0},
	{"control from another site", ask("/control") + "\nX-Portsniff: 1\nSec-Fetch-Site: cross-site",
		403, 0},
	{"packets that are no numbers", ask("/save") + "\nX-Portsniff: 1", 400, 0},
}

func ask(path string) string { return strings.Replace(post, "/capture", path, 1) }

func TestAccess(t *testing.T) {
	s := serve(t, nil)
	for _, c := range whoIsAnswered {
		t.Run(c.name, func(t *testing.T) {
			s.decoded = 0
			resp, body := s.ask(t, c.request+"\nConnection: close\n\nabcd")
			if resp.StatusCode != c.status || s.decoded != c.decoded {
				t.Errorf("%s, %d captures were decoded: %.200s", resp.Status, s.decoded, body)
			}
			if resp.StatusCode == 400 {
				return // sent by net/http
			}
			protected(t, resp.Header)
			if resp.Header.Get("Set-Cookie") != "" {
				t.Error("a cookie was set")
			}
		})
	}
}

// protected checks the security headers of an answer.
func protected(t *testing.T, h http.Header) {
	t.Helper()
	for key, want := range map[string]string{"X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		"Access-Control-Allow-Origin": ""} {
		if got := h.Get(key); got != want {
			t.Errorf("%s: %q", key, got)
		}
	}
	policy := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'sha256-") ||
		!strings.Contains(policy, "connect-src 'self'; frame-ancestors 'none'") ||
		strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
}
