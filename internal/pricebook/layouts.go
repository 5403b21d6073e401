package pricebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firstlook/capacity"
	"firstlook/party"
)

var instanceColumns = map[string]string{"count": "accel_count", "price": "usd_hour"}

// readInstance reads a row of the instance layout: a machine with its price and maybe its spot price.
func readInstance(in *reading, rec *record) {
	before := in.problems.Total
	cloud, _ := rec.cloudName("cloud")
	count, fraction, _ := rec.count("accel_count")
	price, _ := rec.price("usd_hour", false, &in.report)
	spot, hasSpot := rec.price("spot_usd_hour", true, &in.report)
	row := Row{Cloud: cloud, Region: rec.region("region"), Instance: rec.get("instance_type"), Accelerator: Normalise(rec.get("accelerator"), 0),
		Model: rec.get("accelerator"), Count: count, Price: price, Kind: OnDemand, AsOf: AsOf(rec.get("as_of")), Source: rec.get("source")}
	if kind := rec.get("kind"); kind != "" {
		row.Kind = Kind(strings.ReplaceAll(strings.ToLower(kind), "-", "_"))
	}
	if in.problems.Total > before {
		return
	}
	if fraction {
		in.report.skip("a fraction of an accelerator")
		return
	}
	in.keep(rec, row, instanceColumns)
	if hasSpot && in.problems.Total == before {
		row.Kind, row.Price = Spot, spot
		in.keep(rec, row, instanceColumns)
	}
}

var perGPUColumns = map[string]string{"cloud": "provider", "accelerator": "gpu_model", "price": "usd_per_gpu_hour", "as_of": "collected_at", "source": "source_url"}

// readPerGPU reads a row of the per-gpu layout: one accelerator with its price.
func readPerGPU(in *reading, rec *record) {
	before := in.problems.Total
	cloud, _ := rec.cloudName("provider")
	price, _ := rec.price("usd_per_gpu_hour", false, &in.report)
	memory := int64(0)
	if text := rec.get("vram_gb"); text != "" {
		gb, err := strconv.ParseInt(strings.TrimSuffix(text, ".0"), 10, 64)
		if err != nil || gb < 0 {
			rec.problem("vram_gb", fmt.Sprintf("%q is not a size in GB", clip(text)), "write a whole number such as 80")
		}
		memory = gb
	}
	kind := OnDemand
	switch strings.ToLower(rec.get("is_spot")) {
	case "1", "true", "yes":
		kind = Spot
	case "0", "false", "no", "":
	default:
		rec.problem("is_spot", fmt.Sprintf("%q is neither 0 nor 1", clip(rec.get("is_spot"))), "write 1 for a price that may be taken away, else 0")
	}
	if in.problems.Total > before {
		return
	}
	model := rec.get("gpu_model")
	in.keep(rec, Row{Cloud: cloud, Accelerator: Normalise(model, memory), Model: model, Count: 1, Price: price, Kind: kind,
		Tier: rec.get("tier"), Form: rec.get("interconnect"), AsOf: AsOf(rec.get("collected_at")), Source: rec.get("source_url")}, perGPUColumns)
}

// skyState is what a skypilot catalog needs until its last row: the prices of machines that Google lists apart.
type skyState struct {
	cloud    capacity.Cloud
	machines map[skyPlace]skyPrice
	apart    []skyApart
}

type skyPlace struct {
	instance     string
	region, zone string
}

type skyPrice struct{ onDemand, spot int64 } // nano-units; 0 where it is not sold that way

type skyApart struct {
	record *record
	row    Row
	zone   string
	price  skyPrice
}

var skyColumns = map[string]string{"accelerator": "AcceleratorName", "count": "AcceleratorCount", "price": "Price", "instance": "InstanceType"}

// skyClouds are the names under which older catalogs keep one file for each cloud, such as aws.csv.
var skyClouds = []string{"aws", "azure", "cudo", "do", "fluidstack", "gcp", "hyperbolic", "hyperstack", "ibm", "lambda", "nebius", "oci",
	"ovhcloud", "paperspace", "primeintellect", "runpod", "scaleway", "scp", "seeweb", "shadeform", "vast", "verda", "vsphere"}

// skyCloud finds the cloud of a skypilot catalog: the option, the folder of vms.csv, or the file's own name if a cloud has it.
func (in *reading) skyCloud() bool {
	in.sky.machines = map[skyPlace]skyPrice{}
	in.sky.cloud = in.options.Cloud
	if in.sky.cloud != "" {
		return true
	}
	parts := strings.Split(strings.ReplaceAll(strings.ToLower(in.file), `\`, "/"), "/")
	last := parts[len(parts)-1]
	word := strings.TrimSuffix(last, ".csv")
	known := slices.Contains(skyClouds, word)
	if (last == "vms.csv" || last == "instances.csv") && len(parts) > 1 {
		word = parts[len(parts)-2]
		known = party.Check(word) == nil
	}
	if !known {
		in.problem(0, "", "does not say of which cloud it is", "give the cloud as an option, for example aws, or keep the file as aws/vms.csv")
		return false
	}
	in.sky.cloud = capacity.Cloud(word)
	return true
}

// readSky reads a row of the skypilot layout.
func readSky(in *reading, rec *record) {
	before := in.problems.Total
	onDemand, _ := rec.price("Price", true, &in.report)
	spot, _ := rec.price("SpotPrice", true, &in.report)
	price := skyPrice{onDemand.Nanos(), spot.Nanos()}
	model, instance, zone := rec.get("AcceleratorName"), rec.get("InstanceType"), rec.get("AvailabilityZone")
	if in.problems.Total > before {
		return
	}
	if model == "" {
		in.sky.machines[skyPlace{instance, rec.get("Region"), zone}] = price
		in.report.skip("no accelerator")
		return
	}
	count, fraction, ok := rec.count("AcceleratorCount")
	switch {
	case !ok:
		return
	case count == 0 && !fraction:
		in.report.skip("no accelerator")
		return
	case fraction:
		in.report.skip("a fraction of an accelerator")
		return
	}
	row := Row{Cloud: in.sky.cloud, Region: rec.region("Region"), Instance: instance, Accelerator: Normalise(model, 0), Model: model, Count: count, Kind: OnDemand}
	if kind, chips, ok := tpuSlice(model); ok && instance == "" {
		row.Instance, row.Accelerator, row.Count = model, kind, chips*count
	} else if instance == "" {
		in.sky.apart = append(in.sky.apart, skyApart{rec, row, zone, price})
		return
	}
	in.keepSky(rec, row, price)
}

// keepSky keeps a row for every way in which the machine is sold.
func (in *reading) keepSky(rec *record, row Row, price skyPrice) {
	if price == (skyPrice{}) {
		in.report.skip("no price")
		return
	}
	before := in.problems.Total
	if price.onDemand > 0 {
		row.Kind, row.Price = OnDemand, usdNanos(price.onDemand)
		in.keep(rec, row, skyColumns)
	}
	if price.spot > 0 && in.problems.Total == before {
		row.Kind, row.Price = Spot, usdNanos(price.spot)
		in.keep(rec, row, skyColumns)
	}
}

// finishSky adds the price of its machine to every accelerator that is listed apart from it.
func finishSky(in *reading) {
	for _, a := range in.sky.apart {
		machine := machineFor(a.row.Accelerator, a.row.Model, a.row.Count)
		price, found := in.sky.machines[skyPlace{machine, a.record.get("Region"), a.zone}]
		if machine == "" || !found {
			in.report.skip("an accelerator priced apart from its machine")
			continue
		}
		sum := skyPrice{}
		if price.onDemand > 0 && a.price.onDemand > 0 {
			sum.onDemand = price.onDemand + a.price.onDemand
		}
		if price.spot > 0 && a.price.spot > 0 {
			sum.spot = price.spot + a.price.spot
		}
		a.row.Instance = machine
		in.keepSky(a.record, a.row, sum)
	}
}

// machineFor names Google's machine that holds so many accelerators of a kind, where there is exactly one.
func machineFor(kind capacity.Accelerator, model string, count int64) string {
	switch {
	case kind == "A100" && count == 16:
		return "a2-megagpu-16g"
	case kind == "A100":
		return fmt.Sprintf("a2-highgpu-%dg", count)
	case kind == "A100-80GB":
		return fmt.Sprintf("a2-ultragpu-%dg", count)
	case kind == "H100" && strings.HasSuffix(model, "MEGA"):
		return fmt.Sprintf("a3-megagpu-%dg", count)
	case kind == "H100":
		return fmt.Sprintf("a3-highgpu-%dg", count)
	case kind == "H200":
		return fmt.Sprintf("a3-ultragpu-%dg", count)
	case kind == "B200":
		return fmt.Sprintf("a4-highgpu-%dg", count)
	}
	return ""
}

// tpuSlice reads tpu-v5p-256 as 128 chips of tpu-v5p. Versions 2 to 5p number the cores of a slice, two to a chip; the
// others number chips.
func tpuSlice(model string) (kind capacity.Accelerator, chips int64, ok bool) {
	text := strings.ToLower(model)
	cut := strings.LastIndexByte(text, '-')
	if !strings.HasPrefix(text, "tpu-v") || cut <= len("tpu-v") {
		return "", 0, false
	}
	n, err := strconv.ParseInt(text[cut+1:], 10, 64)
	if err != nil || n < 1 {
		return "", 0, false
	}
	version := text[:cut]
	switch version {
	case "tpu-v2", "tpu-v3", "tpu-v4", "tpu-v5p":
		return capacity.Accelerator(version), max(1, n/2), true
	case "tpu-v5litepod":
		return "tpu-v5e", n, true
	}
	return capacity.Accelerator(version), n, true
}
