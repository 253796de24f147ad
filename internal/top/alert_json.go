package top

import (
	"encoding/json"
	"io"
	"time"

	"github.com/portsniff/portsniff/internal/textutil"
)

// AlertSchema is the name of the schema of an alert's JSON object.
const AlertSchema = "portsniff.alert/1"

type jsonAlert struct {
	Schema   string `json:"schema"`
	Time     string `json:"time"`
	Rule     string `json:"rule"`
	What     string `json:"what"`
	Evidence string `json:"evidence"`
	Frame    *int64 `json:"frame"` // null if no packet shows the alert
}

// WriteJSON writes an alert as one JSON object on one line.
func (a *Alert) WriteJSON(w io.Writer) error {
	o := jsonAlert{Schema: AlertSchema, Rule: a.Rule, What: textutil.Escape(a.What),
		Evidence: textutil.Escape(a.Evidence),
		Time:     time.Unix(0, a.Nanos).UTC().Format("2006-01-02T15:04:05.000000000Z")}
	if a.Frame > 0 {
		o.Frame = &a.Frame
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(&o)
}
