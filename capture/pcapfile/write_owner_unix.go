//go:build unix

package pcapfile

import (
	"fmt"
	"os"
	"syscall"
)

// GiveTo changes the owner of the current file if this process created it. So the user that the
// program switches to can read and rewrite it. A file that existed before keeps its owner,
// because its name can be a link that an attacker made. A file also keeps its owner if it is not a
// regular file or has a second name.
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
