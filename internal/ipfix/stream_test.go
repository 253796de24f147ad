package ipfix_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/ipfix"
)

// certificate returns a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// trust is called once, because Go reads the system's certificate authorities only once.
var trust sync.Once

// known is the certificate of the only certificate authority during tests, see trusted.
var known tls.Certificate

// trusted returns a certificate for 127.0.0.1 of a certificate authority of the system.
func trusted(t *testing.T) tls.Certificate {
	t.Helper()
	trust.Do(func() {
		known = certificate(t)
		file := filepath.Join(t.TempDir(), "authorities.pem")
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: known.Certificate[0]})
		if err := os.WriteFile(file, block, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("SSL_CERT_FILE", file)
		if _, err := x509.SystemCertPool(); err != nil {
			t.Fatal(err)
		}
	})
	return known
}

// Over TCP and TLS the same records arrive as over UDP. TLS requires a certificate that the system
// trusts.
func TestStreams(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	secret, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{trusted(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	for address, l := range map[string]net.Listener{"tcp://" + plain.Addr().String(): plain,
		"tls://" + secret.Addr().String(): secret} {
		got := receive(t, l, func() { export(t, "services.pcap", address, false) })
		rows := corpustest.Fields(t, frames(split(t, got)), []string{"cflow.octets",
			"_ws.malformed"})
		// nfcapd receives the same over UDP: 26 directions of flows
		if n := strings.Count(rows[0][0], ",") + 1; len(rows) != 1 || n != 26 || rows[0][1] != "" {
			t.Errorf("%s: %d messages, %d records", address, len(rows), n)
		}
	}

	stranger, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	go func() {
		if c, err := stranger.Accept(); err == nil {
			_ = c.(*tls.Conn).HandshakeContext(context.Background()) // the client refuses
			c.Close()
		}
	}()
	if _, err := ipfix.Dial(t.Context(), "tls://"+stranger.Addr().String()); err == nil {
		t.Error("an untrusted certificate is accepted")
	}
}

// receive returns all bytes of one connection while send runs.
func receive(t *testing.T, l net.Listener, send func()) []byte {
	t.Helper()
	done := make(chan []byte, 1) // the connection is closed before send has returned
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b, err := io.ReadAll(c)
		if err == nil {
			done <- b
		}
	}()
	send()
	b, ok := <-done
	if !ok {
		t.Fatal("the connection did not end well")
	}
	return b
}

// split splits a stream into messages by their lengths.
func split(t *testing.T, b []byte) (list [][]byte) {
	t.Helper()
	for len(b) > 0 {
		n := 0
		if len(b) >= 4 && binary.BigEndian.Uint16(b) == 10 {
			n = int(binary.BigEndian.Uint16(b[2:]))
		}
		if n < 16 || n > len(b) {
			t.Fatalf("no message in %x", b)
		}
		list, b = append(list, b[:n]), b[n:]
	}
	return list
}
