package web

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Names returns the names that clients may use for a server at an address, with the port. A name
// that an attacker's DNS resolves to this host is not among them. Names asks the system for its
// addresses, which a sandbox may forbid later.
func Names(addr net.Addr) (map[string]bool, error) {
	a, ok := addr.(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("%v is not a TCP address", addr)
	}
	names := []string{a.IP.String()}
	if a.IP.IsLoopback() || a.IP.IsUnspecified() {
		names = append(names, "localhost")
	}
	if a.IP.IsUnspecified() {
		list, err := net.InterfaceAddrs()
		if err != nil {
			return nil, fmt.Errorf("finding this machine's addresses: %w", err)
		}
		for _, x := range list {
			if n, ok := x.(*net.IPNet); ok {
				names = append(names, n.IP.String())
			}
		}
	}
	const web = 80 // browsers omit it
	hosts := map[string]bool{}
	for _, n := range names {
		hosts[net.JoinHostPort(n, strconv.Itoa(a.Port))] = true
		if a.Port == web {
			hosts[n] = true
		}
	}
	return hosts, nil
}

// named reports whether a request names this server, in a form that browsers use. It ignores other
// headers that name a host.
func (s *Server) named(r *http.Request) bool {
	return s.hosts[r.Host] && r.URL.Host == "" && r.URL.Scheme == ""
}

// protect sets the security headers of every answer.
func (s *Server) protect(h http.Header) {
	h.Set("Content-Security-Policy", s.policy+"; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// exchange replaces the token in the address by a cookie, which scripts cannot read and other sites
// cannot send.
func (s *Server) exchange(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.cookie, Value: s.session, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteStrictMode})
	w.Header().Set("Location", "/")
	deadline(w, writeTimeout)
	w.WriteHeader(http.StatusSeeOther)
}

// knows reports whether a request has the cookie, or the token as "Authorization: Bearer".
func (s *Server) knows(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok &&
		same(bearer, s.token) {
		return true
	}
	for _, c := range r.CookiesNamed(s.cookie) {
		if same(c.Value, s.session) {
			return true
		}
	}
	return false
}

// same compares in a time that does not depend on how much of a matches b.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// ownHeader is a header that other sites' forms and scripts cannot set without a CORS preflight,
// which the server never allows.
const ownHeader = "X-Portsniff"

// sameOrigin reports whether a request that changes something comes from the page, or from a
// program other than a browser.
func (s *Server) sameOrigin(r *http.Request) bool {
	return s.cross.Check(r) == nil && r.Header.Get(ownHeader) == "1"
}

// quiet returns a logger that drops net/http's messages about misbehaving clients.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
