//go:build unix

package pcapfile

import (
	"fmt"
	"os"
	"syscall"
)

// GiveTo makes the file that is open a user's, where this process has made it: a user that the
// program continues as then may read and rewrite what it has written. What was there before stays
// whose it was, for its name may be a link that somebody put there to be given what it leads to; so
// does what is no plain file, or has a second name by which somebody else knows it.
func (w *RotatingWriter) GiveTo(uid, gid int) error {
	f := w.file
	if f == nil || !f.made {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	now, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || now.Nlink != 1 || int(now.Uid) != os.Geteuid() {
		return nil
	}
	if err := f.Chown(uid, gid); err != nil {
		return fmt.Errorf("%s stays with user %d: %w", f.Name(), now.Uid, err)
	}
	return nil
}
