package strict

import (
	"slices"
	"strings"
)

// Suggest returns the known word that was probably meant by word; empty where none is near.
func Suggest(word string, known []string) string {
	word = fold(word)
	if word == "" || len(word) > 64 {
		return ""
	}
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := distance(word, fold(k)); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return best
	}
	for _, k := range known {
		for part := range strings.SplitSeq(fold(k), "_") {
			if len(word) >= 5 && len(part) >= 5 && distance(word, part) <= len(word)/4 {
				return k
			}
		}
		if len(word) >= 4 && (strings.Contains(fold(k), word) || len(k) >= 4 && strings.Contains(word, fold(k))) {
			return k
		}
	}
	return ""
}

// fold makes spellings that differ only by case, hyphen or space equal.
func fold(s string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s))
}

// distance counts the letters to insert, delete, replace or swap with a neighbour to turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before, last []int // rows i-2 and i-1
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last, row = last, row, make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}

// meant is the hint for a word that is not one of known: the nearest, or all of them where they are few.
func meant(word string, known []string) string {
	if s := Suggest(word, known); s != "" {
		return "did you mean " + s + "?"
	}
	return "use " + Words(known)
}

// Words writes "a, b or c".
func Words(words []string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
}

// texts turns typed words into strings.
func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return slices.Clip(out)
}
