package web

import (
	"context"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
)

// between searches the flows of a running capture between two packets. Searches take at most
// 1/refreshShare of the time, so that the kernel's buffer does not overflow.
type between struct {
	*page.Live
	p *pipeline.Pipeline

	mu   sync.Mutex
	next time.Time // of the next search
}

// Flows searches all flows when it is its turn.
func (b *between) Flows(ctx context.Context, text string) (found *page.FoundFlows, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-time.After(time.Until(b.next)):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	began := time.Now()
	err = b.p.Locked(func() error {
		found, err = b.Live.Flows(ctx, text)
		return err
	})
	b.next = time.Now().Add(refreshShare * time.Since(began))
	return found, err
}
