// Package quiz makes questions about a capture, each with its answers, and grades a learner's
// answers.
//
// A Question is data. It contains everything that its grader needs: the right answers, and for each
// usual wrong answer what went wrong. A question that was encoded as JSON and decoded again is
// graded the same way by any program.
package quiz

// A Kind names what a question is about.
type Kind string

// The kinds of questions.
const (
	PortBytes     Kind = "port-bytes"    // position of a port
	PortValue     Kind = "port-value"    // two bytes as a number
	NextHeader    Kind = "next-header"   // which byte identifies the header after IP
	NoPorts       Kind = "no-ports"      // which packets have no ports of their own, and why
	Client        Kind = "client"        // which end opened the conversation
	Reply         Kind = "reply"         // the ports of the reply
	RangeRole     Kind = "range-role"    // IANA's range and the role of a port
	Moved         Kind = "moved"         // position of a port after a longer header
	Conversations Kind = "conversations" // number of conversations
	Quoted        Kind = "quoted"        // what an ICMP error quotes
	Process       Kind = "process"       // something that no header contains
	Largest       Kind = "largest"       // the largest port
)

// Kinds returns every kind in the order in which they are asked, easy ones first.
func Kinds() []Kind {
	return []Kind{Reply, Client, Largest, PortBytes, PortValue, NextHeader, NoPorts, RangeRole,
		Moved, Conversations, Quoted, Process}
}

// Schema names the schema of a question's JSON object.
const Schema = "portsniff.quiz/1"

// A Question is one question with its key.
type Question struct {
	Number int    `json:"number"` // from 1
	Kind   Kind   `json:"kind"`
	Text   string `json:"text"`
	Ask    string `json:"ask"` // format of the answer
	// packets that it is about; empty if it is about the whole capture
	Exhibits []Exhibit `json:"exhibits"`
	Parts    []Part    `json:"parts"`  // parts of the answer, in order
	Answer   string    `json:"answer"` // a right answer, as a learner would write it
	Hint     string    `json:"hint"`
	Why      string    `json:"why"` // why the answer is right
	Ref      string    `json:"ref"` // reference

	about string // differs between questions of the same kind
}

// An Exhibit is a packet that a question is about.
type Exhibit struct {
	Frame int64  `json:"frame"` // its number in the capture
	Hex   string `json:"hex"`   // first bytes, two digits each, up to the end of its headers
	More  int    `json:"more"`  // number of captured bytes that follow
}

// A Form is a way to write a part of an answer. It determines which spellings are equal.
type Form string

// The forms. Each comment lists the accepted notations and, after the colon, the normal form of
// Part.Right and Wrong.Answer.
const (
	Number Form = "number" // decimal, or hexadecimal after 0x, with or without @: decimal
	// a number that is expected in decimal; a hexadecimal one is kept: 0x1bb
	Decimal Form = "decimal"
	// 34-35, 34..35, @34-35, 34 and 35, 0x22-0x23: 34-35; one number alone: 34
	Bytes    Form = "bytes"
	Protocol Form = "protocol" // a number or a protocol's name in lower case, or both
	Address  Form = "address"  // an IP address: as in RFC 5952
	Endpoint Form = "endpoint" // a or b, an address, an address and a port, or a port
	Range    Form = "range"    // system, registered or dynamic
	Role     Form = "role"     // client or server
	Evidence Form = "evidence" // syn, syn-ack, registered-port, lower-port, first-sender
	Reason   Form = "reason"   // a reason why there are no ports
	Field    Form = "field"    // none, or the name of a field
)

// A Part is one part of an answer.
type Part struct {
	Name string `json:"name"` // noun for sentences: "the byte"
	// word that may precede it in the answer: a port, a frame's number, "source"
	Key       string   `json:"key,omitempty"`
	Form      Form     `json:"form"`      // notation
	Right     []string `json:"right"`     // right answers in normal form
	Wrong     []Wrong  `json:"wrong"`     // usual wrong answers
	Otherwise string   `json:"otherwise"` // diagnosis of any other answer
	// value if the answer does not contain its key; if it is set, an answer needs the key
	Unsaid string `json:"unsaid,omitempty"`
}

// A Wrong is a usual wrong answer.
type Wrong struct {
	Answer    string `json:"answer"`    // in normal form
	Diagnosis string `json:"diagnosis"` // what went wrong
}

// wrong adds a usual wrong answer, unless it is right or already has a diagnosis.
func (p *Part) wrong(answer, diagnosis string) {
	if answer == "" || p.isRight(answer) || p.diagnosis(answer) != "" {
		return
	}
	p.Wrong = append(p.Wrong, Wrong{answer, diagnosis})
}

func (p *Part) isRight(answer string) bool {
	for _, r := range p.Right {
		if r == answer {
			return true
		}
	}
	return false
}

// diagnosis returns what went wrong with a usual wrong answer, or "".
func (p *Part) diagnosis(answer string) string {
	for _, w := range p.Wrong {
		if w.Answer == answer {
			return w.Diagnosis
		}
	}
	return ""
}
