//go:build js && wasm

// Command playground is the decoder of the documentation's playground page. It exports two
// functions: portsniff.decode(bytes, name) and portsniff.sample(name). Both return the data of the
// page as JSON, or {"error": "..."}.
package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/portsniff/portsniff/internal/playground"
	"github.com/portsniff/portsniff/internal/textutil"
)

func main() {
	js.Global().Set("portsniff", map[string]any{
		"decode": js.FuncOf(func(_ js.Value, args []js.Value) any {
			data := make([]byte, args[0].Length())
			js.CopyBytesToGo(data, args[0])
			return answer(playground.Decode(data, args[1].String()))
		}),
		"sample": js.FuncOf(func(_ js.Value, args []js.Value) any {
			return answer(playground.Sample(args[0].String()))
		}),
	})
	select {} // keep running: the page calls the functions until it is closed
}

func answer(data []byte, err error) string {
	if err != nil {
		data, _ = json.Marshal(map[string]string{"error": textutil.Escape(err.Error())})
	}
	return string(data)
}
