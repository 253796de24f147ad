package metrics

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Limits of the server.
const (
	maxConnections = 16
	timeout        = 10 * time.Second
)

// Listen opens a socket for Serve. The address is an IP address with a port; names are not
// resolved.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || net.ParseIP(host) == nil {
		return nil, fmt.Errorf("%q: use an IP address and a port, such as 127.0.0.1:9099", address)
	}
	return net.Listen("tcp", address)
}

// A Server serves metrics to Prometheus at /metrics.
type Server struct {
	http *http.Server
	done chan struct{}
}

// Serve serves metrics on a listener until Close, which closes the listener. It calls take for each
// request, but never concurrently.
func Serve(l net.Listener, take func() (Snapshot, error)) (*Server, error) {
	registry := prometheus.NewRegistry()
	if err := Register(registry, take); err != nil {
		return nil, err
	}
	return ServeFrom(l, registry), nil
}

// ServeFrom serves the metrics of a registry, like Serve.
func ServeFrom(l net.Listener, registry *prometheus.Registry) *Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 1}))
	s := &Server{done: make(chan struct{}), http: &http.Server{Handler: mux,
		ReadTimeout: timeout, WriteTimeout: timeout, MaxHeaderBytes: 8 << 10,
		ErrorLog: log.New(io.Discard, "", 0)}}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(netutil.LimitListener(l, maxConnections)) // ends with Close
	}()
	return s
}

// Close stops the server and closes its connections.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}
