package live_test

import (
	"errors"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/testkit"
)

// linkFrame returns a broadcast frame with an EtherType for experiments.
func linkFrame() []byte {
	f := make([]byte, 200)
	copy(f, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5})
	return f
}

// downTimes takes v1 down for a while and up again. Frames come before and after without a pause,
// and slow delays the reader for each of them. It returns the minimum and maximum time that the
// interface was down, and the reported changes.
func downTimes(
	t *testing.T,
	opt live.Options,
	slow func(),
) (lower, upper time.Duration, changes []live.LinkChange) {
	t.Helper()
	testkit.Veth(t)
	opt.LinkChanged = func(c live.LinkChange) { changes = append(changes, c) }
	l, err := live.Open("v1", opt)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := testkit.NewSender(t, "v0")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
				for range 10 {
					_ = s.TrySend(linkFrame()) // while the other end is down, nothing is sent
				}
			}
		}
	})
	stopped := make(chan struct{})
	reading := make(chan error, 1)
	go func() {
		var p capture.Packet
		for {
			switch err := l.Next(&p); {
			case err == nil:
				slow()
			case !errors.Is(err, capture.ErrIdle):
				reading <- err
				return
			}
			select {
			case <-stopped:
				reading <- nil
				return
			default:
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	before := time.Now()
	link(t, "down")
	down := time.Now()
	time.Sleep(500 * time.Millisecond)
	again := time.Now()
	link(t, "up")
	after := time.Now()
	time.Sleep(2 * time.Second) // a reader that acts only in pauses would miss it
	close(stopped)
	if err := <-reading; err != nil {
		t.Error(err)
	}
	close(stop)
	sending.Wait()
	return again.Sub(down), after.Sub(before), changes
}

func link(t *testing.T, state string) {
	t.Helper()
	if err := exec.Command("ip", "link", "set", "v1", state).Run(); err != nil {
		t.Errorf("ip link set v1 %s: %v", state, err)
	}
}

// TestLinkDownTimeUnderLoad checks that half a second of down time is reported as half a second. It
// must not matter how busy the reader is, and whether frames pause.
func TestLinkDownTimeUnderLoad(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  live.Options
		slow func()
	}{
		{"as fast as they come", live.Options{}, func() {}},
		{"slower than they come", live.Options{}, func() { time.Sleep(time.Millisecond) }},
		{"two rings", live.Options{Rings: 2}, func() {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.Run(t, func(t *testing.T) {
				lower, upper, changes := downTimes(t, c.opt, c.slow)
				if len(changes) != 2 || changes[0].Up || !changes[1].Up {
					t.Fatalf("%+v", changes)
				}
				const late = 100 * time.Millisecond // for a machine whose processors are busy
				took := changes[1].At.Sub(changes[1].Down)
				if took < lower-late || took > upper+late {
					t.Errorf("down for %v to %v, reported %v", lower, upper, took)
				}
			})
		})
	}
}
