package pricebook

import (
	"strings"

	"firstlook/capacity"
)

// models maps what catalogs print, without vendor words, spaces and signs and in capitals, to the short market name.
//
// Forms that differ in throughput keep names of their own (H100 is the SXM module, H100-PCIE and H100-NVL the cards); forms that
// the market does not tell apart share one (the A100 as module and as card). A100 and V100 without a size in their
// name are told by memory, see [Normalise].
var models = map[string]capacity.Accelerator{
	"H100": "H100", "H100SXM": "H100", "H100SXM5": "H100", "H100NVLINK": "H100", "H100MEGA": "H100", "H10080GB": "H100",
	"H100SXM80GB": "H100", "H100SXM580GB": "H100", "H10080GBHBM3": "H100",
	"H100PCIE": "H100-PCIE", "H100PCIENVLINK": "H100-PCIE", "H100PCIE80GB": "H100-PCIE", "H100NVL": "H100-NVL", "H100NVL94GB": "H100-NVL",
	"H200": "H200", "H200SXM": "H200", "H200SXM5": "H200", "H200NVLINK": "H200", "H200141GB": "H200", "H200SXM141GB": "H200", "H200NVL": "H200-NVL",
	"GH200": "GH200", "GH20096GB": "GH200",
	"A100": "A100", "A100SXM": "A100", "A100SXM4": "A100", "A100NVLINK": "A100", "A100PCIE": "A100", "A10040GB": "A100",
	"A10080GB": "A100-80GB", "A10080GBSXM": "A100-80GB", "A10080GBSXM4": "A100-80GB", "A10080GBPCIE": "A100-80GB",
	"A10080GBNVLINK": "A100-80GB", "A100SXM480GB": "A100-80GB", "A100SXM80GB": "A100-80GB", "A100PCIE80GB": "A100-80GB",
	"A80080G": "A800-80GB", "A80080GB": "A800-80GB",
	"B200": "B200", "B200SXM": "B200", "B200SXM6": "B200", "B200NVL": "B200", "B300": "B300", "B300SXM": "B300", "B300SXM6": "B300",
	"GB200": "GB200", "GB200NVL72": "GB200", "GB300": "GB300", "GB300SXM6": "GB300", "GB300NVL72": "GB300",
	"V100": "V100", "V100NVLINK": "V100", "V100SXM2": "V100", "V100PCIE": "V100", "V10016GB": "V100", "V10032GB": "V100-32GB", "V10032G": "V100-32GB",
	"T4": "T4", "P40": "P40", "L4": "L4", "L40": "L40", "L40S": "L40S", "A10": "A10", "A10G": "A10G", "A16": "A16", "A30": "A30", "A40": "A40",
	"A4000": "A4000", "RTXA4000": "A4000", "A5000": "A5000", "RTXA5000": "A5000", "A6000": "A6000", "RTXA6000": "A6000",
	"RTX6000ADA": "RTX6000Ada", "6000ADA": "RTX6000Ada", "RTX4000ADA": "RTX4000Ada", "4000ADA": "RTX4000Ada", "RTX6000": "RTX6000",
	"QUADRORTX4000": "RTX4000", "QUADRORTX5000": "RTX5000", "QUADRORTX6000": "RTX6000",
	"RTXPRO6000": "RTXPRO6000", "RTX6000PRO": "RTXPRO6000", "RTXPRO6000SE": "RTXPRO6000", "RTXPRO6000WE": "RTXPRO6000", "RTXPRO6000S": "RTXPRO6000",
	"RTXPRO6000CC": "RTXPRO6000", "RTXPROA6000SE": "RTXPRO6000", "RTXPRO6000BLACKWELL": "RTXPRO6000",
	"RTX408032GBMOD": "RTX4080-32GB", "RTX409048GBMOD": "RTX4090-48GB", "RTX4090HIGHFREQ": "RTX4090", "RTX5090HIGHFREQ": "RTX5090",
	"MI250X": "MI250X", "MI300X": "MI300X", "INSTINCTMI300X": "MI300X", "MI325X": "MI325X", "MI350X": "MI350X", "MI355X": "MI355X",
}

// vendorWords say who makes an accelerator, or how the server around it is called, and nothing about its work.
var vendorWords = []string{"NVIDIA", "AMD", "TESLA", "GEFORCE", "HGX", "INTEL"}

// Normalise returns the short market name of an accelerator, from what a catalog prints and, if it is known, its memory in
// GB. What the table does not hold keeps its own word, without vendor and spaces.
func Normalise(model string, memoryGB int64) capacity.Accelerator {
	var words []string
	for _, word := range strings.Fields(model) {
		vendor := false
		for _, v := range vendorWords {
			vendor = vendor || strings.EqualFold(word, v)
		}
		if !vendor {
			words = append(words, word)
		}
	}
	short := strings.Join(words, "")
	key := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_().", r) {
			return -1
		}
		return r
	}, strings.ToUpper(short))
	name, known := models[key]
	switch {
	case !known:
		return capacity.Accelerator(short)
	case name == "A100" && memoryGB >= 80:
		return "A100-80GB"
	case name == "V100" && memoryGB >= 32:
		return "V100-32GB"
	case name == "H100" && memoryGB == 94:
		return "H100-NVL"
	}
	return name
}
