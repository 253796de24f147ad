//go:build darwin || freebsd || windows

package live

// oneRing returns an error if several rings are requested, because only Linux has them.
func (opt *Options) oneRing(name string) error {
	if opt.Rings > 1 {
		return &Error{name, "share the frames out between rings", ErrUnsupported,
			"only Linux can do that"}
	}
	return nil
}
