package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/internal/web"
)

// TestDroppedCaptureHasFiveMinutes checks that a dropped capture whose body does not end is aborted
// after five minutes, and that the next one is accepted then.
func TestDroppedCaptureHasFiveMinutes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // only its address is used
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names, err := web.Names(l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		endless := func(ctx context.Context, _ io.Reader) (*web.Shown, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		s, err := web.New(l, web.Options{Names: names, MaxUpload: 1000, Decode: endless})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r := httptest.NewRequest(http.MethodPost, "/capture", strings.NewReader("a"))
			r.Host = l.Addr().String()
			r.Header.Set("Authorization", "Bearer "+s.Token())
			r.Header.Set("X-Portsniff", "1")
			answer, began := httptest.NewRecorder(), time.Now()
			s.ServeHTTP(answer, r)
			const want = `{"error":"reading it took longer than 5m0s"}`
			if body := strings.TrimSpace(answer.Body.String()); answer.Code != 422 || body != want {
				t.Errorf("%d %s, not 422 %s", answer.Code, body, want)
			}
			if took := time.Since(began); took != 5*time.Minute {
				t.Errorf("it took %v", took)
			}
		}
	})
}
