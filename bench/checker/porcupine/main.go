// Judges a history of ours (JSON lines, as the corpus's generator writes them) with Porcupine, some times over, and prints
// the verdict and how long each check took. Reading the file is not counted.
//
//	go run . MODEL TIMES TIMEOUT_SECONDS FILE...
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
)

type line struct {
	Type    string          `json:"type"`
	Process int             `json:"process"`
	F       string          `json:"f"`
	Key     json.RawMessage `json:"key"`
	Value   json.RawMessage `json:"value"`
}

const absent = -1 << 62

type input struct {
	f        string
	key      string
	from, to int
	text     string
}

type output struct {
	unknown bool
	failed  bool
	value   int
	text    string
}

var byKey = func(events []porcupine.Event) [][]porcupine.Event {
	parts := map[string][]porcupine.Event{}
	keyOf := map[int]string{}
	for _, event := range events {
		if event.Kind == porcupine.CallEvent {
			keyOf[event.Id] = event.Value.(input).key
		}
		key := keyOf[event.Id]
		parts[key] = append(parts[key], event)
	}
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	sort.Strings(names)
	sorted := make([][]porcupine.Event, 0, len(parts))
	for _, name := range names {
		sorted = append(sorted, parts[name])
	}
	return sorted
}

func hashOfNumber(state interface{}) uint64 {
	return uint64(state.(int)) * 0x9e3779b97f4a7c15
}

func hashOfText(state interface{}) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(state.(string)))
	return hash.Sum64()
}

var register = porcupine.Model{
	PartitionEvent: byKey,
	Hash:           hashOfNumber,
	Init:           func() interface{} { return absent },
	Step: func(state, in, out interface{}) (bool, interface{}) {
		held, asked, found := state.(int), in.(input), out.(output)
		switch asked.f {
		case "read":
			return found.unknown || found.value == held, held
		case "write":
			return true, asked.to
		default:
			if found.failed {
				return held != asked.from, held
			}
			if held == asked.from {
				return true, asked.to
			}
			return found.unknown, held
		}
	},
}

var keyValue = porcupine.Model{
	PartitionEvent: byKey,
	Hash:           hashOfText,
	Init:           func() interface{} { return "" },
	Step: func(state, in, out interface{}) (bool, interface{}) {
		held, asked, found := state.(string), in.(input), out.(output)
		switch asked.f {
		case "get":
			return found.unknown || found.text == held, held
		case "put":
			return true, asked.text
		default:
			return true, held + asked.text
		}
	},
}

// The values in it, as text: states must be comparable.
var queue = porcupine.Model{
	PartitionEvent: byKey,
	Hash:           hashOfText,
	Init:           func() interface{} { return "" },
	Step: func(state, in, out interface{}) (bool, interface{}) {
		held, asked, found := state.(string), in.(input), out.(output)
		if asked.f == "enqueue" {
			return true, held + strconv.Itoa(asked.to) + " "
		}
		if held == "" {
			return found.unknown || found.value == absent, held
		}
		end := 0
		for held[end] != ' ' {
			end++
		}
		return found.unknown || held[:end] == strconv.Itoa(found.value), held[end+1:]
	},
}

var models = map[string]porcupine.Model{"cas-register": register, "kv-append": keyValue, "fifo-queue": queue}

func main() {
	model := models[os.Args[1]]
	times, _ := strconv.Atoi(os.Args[2])
	timeout, _ := strconv.Atoi(os.Args[3])
	for _, path := range os.Args[4:] {
		events := read(path)
		best, first, verdict := 0.0, 0.0, porcupine.Unknown
		for run := 0; run < times; run++ {
			begun := time.Now()
			verdict = porcupine.CheckEventsTimeout(model, events, time.Duration(timeout)*time.Second)
			took := float64(time.Since(begun).Nanoseconds()) / 1e6
			if run == 0 {
				first, best = took, took
			}
			if took < best {
				best = took
			}
			if verdict == porcupine.Unknown {
				break
			}
		}
		fmt.Printf("{\"first\":%.3f,\"best\":%.3f,\"verdict\":%q}\n", first, best, verdict)
	}
}

func read(path string) []porcupine.Event {
	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	var events []porcupine.Event
	open := map[int]int{}
	never := map[int]bool{}
	calls := 0
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 1<<20), 1<<26)
	for scanner.Scan() {
		var entry line
		if err := json.Unmarshal(scanner.Bytes(), &entry); err != nil {
			panic(err)
		}
		switch entry.Type {
		case "invoke":
			open[entry.Process] = calls
			events = append(events, porcupine.Event{Kind: porcupine.CallEvent, Value: inputOf(entry), Id: calls})
			calls++
		case "ok", "fail":
			out := output{failed: entry.Type == "fail"}
			if entry.F != "cas" {
				out.value, out.text = valueOf(entry.Value)
				out.unknown = entry.Value == nil
			}
			id := open[entry.Process]
			delete(open, entry.Process)
			if out.failed && entry.F != "cas" {
				never[id] = true
			}
			events = append(events, porcupine.Event{Kind: porcupine.ReturnEvent, Value: out, Id: id})
		}
	}
	// What never returned may take effect at the end.
	for _, id := range open {
		events = append(events, porcupine.Event{Kind: porcupine.ReturnEvent, Value: output{unknown: true}, Id: id})
	}
	happened := events[:0]
	for _, event := range events {
		if !never[event.Id] {
			happened = append(happened, event)
		}
	}
	return happened
}

func inputOf(entry line) input {
	in := input{f: entry.F, key: string(entry.Key)}
	if entry.F == "cas" {
		var pair []json.RawMessage
		if err := json.Unmarshal(entry.Value, &pair); err != nil {
			panic(err)
		}
		in.from, _ = valueOf(pair[0])
		in.to, _ = valueOf(pair[1])
		return in
	}
	in.to, in.text = valueOf(entry.Value)
	return in
}

func valueOf(raw json.RawMessage) (int, string) {
	if raw == nil || string(raw) == "null" {
		return absent, ""
	}
	if number, err := strconv.Atoi(string(raw)); err == nil {
		return number, ""
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		panic(err)
	}
	return absent, text
}
