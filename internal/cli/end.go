package cli

import (
	"errors"

	"github.com/portsniff/portsniff/internal/pipeline"
)

// Exit statuses.
const (
	ExitFailed = 1 // the input, the capture or the output failed; what was read before is shown
	ExitUsage  = 2 // the command line was wrong
)

// Close closes a pipeline and adds its error to err.
func Close(p *pipeline.Pipeline, err *error) {
	if e := p.Close(); e != nil {
		*err = errors.Join(*err, e)
	}
}

// Finish runs the steps that end the output, even after an error of the input, and joins both
// errors.
func Finish(err error, steps ...func() error) error {
	var out *pipeline.OutputError
	if errors.As(err, &out) {
		return err
	}
	for _, step := range steps {
		if e := step(); e != nil {
			return errors.Join(err, &pipeline.OutputError{Err: e})
		}
	}
	return err
}
