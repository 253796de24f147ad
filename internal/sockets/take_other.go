//go:build !linux

package sockets

// A taker takes snapshots, which is not supported on this system.
type taker struct{}

func newTaker() *taker { return &taker{} }

// Take returns ErrNotSupported on this system.
func Take() (*Snapshot, error) { return nil, ErrNotSupported }

func (*taker) take() (*Snapshot, error) { return nil, ErrNotSupported }
