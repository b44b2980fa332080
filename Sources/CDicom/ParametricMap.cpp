#include "Internal.hpp"

#include <dcmtk/dcmfg/fgderimg.h>
#include <dcmtk/dcmfg/fgfracon.h>
#include <dcmtk/dcmfg/fgframeanatomy.h>
#include <dcmtk/dcmfg/fgparametricmapframetype.h>
#include <dcmtk/dcmfg/fgpixmsr.h>
#include <dcmtk/dcmfg/fgplanor.h>
#include <dcmtk/dcmfg/fgplanpo.h>
#include <dcmtk/dcmfg/fgrealworldvaluemapping.h>
#include <dcmtk/dcmpmap/dpmparametricmapiod.h>

#include <vector>

using namespace cdicom;

struct cdicom_map {
  explicit cdicom_map(const cdicom_map_description &d);
  // Neither movable nor assignable: made in place.
  OFvariant<OFCondition, DPMParametricMapIOD> object;
  Uint16 rows, columns;
};

cdicom_map::cdicom_map(const cdicom_map_description &d)
  : object(DPMParametricMapIOD::create<IODFloatingPointImagePixelModule>(
      d.modality, d.series_number, "1", d.rows, d.columns,
      IODEnhGeneralEquipmentModule::EquipmentInfo(d.manufacturer, d.model, d.serial, d.software),
      ContentIdentificationMacro("1", d.label, d.description, ""), d.image_flavor, d.pixel_contrast,
      DPMTypes::CQ_RESEARCH)),
    rows(d.rows), columns(d.columns) {}

namespace {

struct Failed { OFCondition condition; };

void need(const OFCondition &condition) {
  if (condition.bad()) throw Failed{condition};
}

// The shortest decimal of at most 16 characters, for DS.
OFString decimal(double value) {
  char text[64];
  for (int precision = 17; precision > 0; --precision) {
    std::snprintf(text, sizeof text, "%.*g", precision, value);
    if (std::string(text).size() <= 16) break;
  }
  return text;
}

template <typename Body>
cdicom_status reported(char *why, size_t size, Body body) {
  return guarded(why, size, [&]() -> cdicom_status {
    try {
      body();
      return CDICOM_OK;
    } catch (const Failed &failed) {
      explain(why, size, failed.condition.text());
      return CDICOM_WRITE_FAILED;
    }
  });
}

void shareGroups(DPMParametricMapIOD &map, const cdicom_map_description &d) {
  FGPixelMeasures measures;
  need(measures.setPixelSpacing(decimal(d.row_spacing) + "\\" + decimal(d.column_spacing)));
  need(measures.setSliceThickness(decimal(d.slice_thickness)));
  if (d.slice_spacing > 0) need(measures.setSpacingBetweenSlices(decimal(d.slice_spacing)));
  need(map.addForAllFrames(measures));

  OFString o[6];
  for (int i = 0; i < 6; ++i) o[i] = decimal(d.orientation[i]);
  std::unique_ptr<FGPlaneOrientationPatient> orientation(
    FGPlaneOrientationPatient::createMinimal(o[0], o[1], o[2], o[3], o[4], o[5]));
  if (!orientation) throw Failed{EC_MemoryExhausted};
  need(map.addForAllFrames(*orientation));

  FGFrameAnatomy anatomy;
  const char side = d.laterality && *d.laterality ? *d.laterality : 'U';
  need(anatomy.setLaterality(side == 'R' ? FGFrameAnatomy::LATERALITY_R : side == 'L' ? FGFrameAnatomy::LATERALITY_L
    : side == 'B' ? FGFrameAnatomy::LATERALITY_BOTH : FGFrameAnatomy::LATERALITY_UNPAIRED));
  need(anatomy.getAnatomy().getAnatomicRegion().set(d.anatomy_code, d.anatomy_scheme, d.anatomy_meaning));
  need(map.addForAllFrames(anatomy));

  FGRealWorldValueMapping mapping;
  auto item = std::make_unique<FGRealWorldValueMapping::RWVMItem>();
  need(item->setLUTExplanation(d.lut_explanation));
  need(item->setLUTLabel(d.lut_label));
  need(item->setRealWorldValueSlope(1));
  need(item->setRealWorldValueIntercept(0));
  // Float pixels have a range of doubles (PS3.3 C.7.6.16.2.11), which dcmpmap 3.6.7 does not write: the caller adds it. These
  // only satisfy its check.
  need(item->setRealWorldValueFirstValueMappedSigned(0));
  need(item->setRealWorldValueLastValueMappedSigned(0));
  need(item->getMeasurementUnitsCode().set(d.unit_code, d.unit_scheme, d.unit_meaning));
  auto quantity = std::make_unique<ContentItemMacro>();
  auto *name = new CodeSequenceMacro("246205007", "SCT", "Quantity");
  auto *value = new CodeSequenceMacro(d.quantity_code, d.quantity_scheme, d.quantity_meaning);
  quantity->getEntireConceptNameCodeSequence().push_back(name);
  quantity->getEntireConceptCodeSequence().push_back(value);
  need(quantity->setValueType("CODE"));
  item->getEntireQuantityDefinitionSequence().push_back(quantity.release());
  mapping.getRealWorldValueMapping().push_back(item.release());
  need(map.addForAllFrames(mapping));

  FGParametricMapFrameType type;
  need(type.setFrameType(OFString("DERIVED\\PRIMARY\\") + d.image_flavor + "\\" + d.pixel_contrast));
  need(map.addForAllFrames(type));
}

void describeDimensions(DPMParametricMapIOD &map) {
  char uid[100];
  dcmGenerateUniqueIdentifier(uid);
  auto &dimensions = map.getIODMultiframeDimensionModule();
  need(dimensions.addDimensionIndex(DCM_StackID, uid, DCM_FrameContentSequence, "Stack"));
  need(dimensions.addDimensionIndex(DCM_InStackPositionNumber, uid, DCM_FrameContentSequence, "Slice"));
}

} // namespace

cdicom_status cdicom_map_create(
  const cdicom_map_description *d, cdicom_map **result, char *why, size_t why_size) {
  *result = nullptr;
  return reported(why, why_size, [&] {
    start();
    auto map = std::make_unique<cdicom_map>(*d);
    if (OFCondition *failed = OFget<OFCondition>(&map->object)) throw Failed{*failed};
    auto *object = OFget<DPMParametricMapIOD>(&map->object);
    if (!object) throw Failed{EC_IllegalCall};
    shareGroups(*object, *d);
    describeDimensions(*object);
    *result = map.release();
  });
}

cdicom_status cdicom_map_add_frame(
  cdicom_map *map, const float *values, size_t count, const double position[3], uint32_t stack_position, uint32_t time,
  const char *source_class, const char *source_uid, char *why, size_t why_size) {
  return reported(why, why_size, [&] {
    auto *object = OFget<DPMParametricMapIOD>(&map->object);
    if (!object || count != size_t(map->rows) * map->columns) throw Failed{EC_IllegalParameter};
    std::unique_ptr<FGPlanePosPatient> place(
      FGPlanePosPatient::createMinimal(decimal(position[0]), decimal(position[1]), decimal(position[2])));
    if (!place) throw Failed{EC_MemoryExhausted};
    FGFrameContent content;
    need(content.setStackID(std::to_string(time).c_str()));
    need(content.setInStackPositionNumber(stack_position));
    need(content.setDimensionIndexValues(time, 0));
    need(content.setDimensionIndexValues(stack_position, 1));
    FGDerivationImage derivation;
    OFVector<FGBase *> groups;
    groups.push_back(place.get());
    groups.push_back(&content);
    if (source_uid && *source_uid && source_class && *source_class) {
      DerivationImageItem *made = nullptr;
      CodeSequenceMacro code("113061", "DCM", "Standard Deviation");
      need(derivation.addDerivationImageItem(code, "", made));
      auto source = std::make_unique<SourceImageItem>();
      need(source->getImageSOPInstanceReference().setReferencedSOPClassUID(source_class));
      need(source->getImageSOPInstanceReference().setReferencedSOPInstanceUID(source_uid));
      need(source->getPurposeOfReferenceCode().set("121322", "DCM", "Source image for image processing operation"));
      made->getSourceImageItems().push_back(source.release());
      groups.push_back(&derivation);
    }
    auto frames = object->getFrames();
    auto *floats = OFget<DPMParametricMapIOD::Frames<Float32>>(&frames);
    if (!floats) throw Failed{EC_IllegalCall};
    std::vector<Float32> copy(values, values + count);
    need(floats->addFrame(copy.data(), count, groups));
  });
}

cdicom_status cdicom_map_finish(cdicom_map *map, cdicom_file **result, char *why, size_t why_size) {
  *result = nullptr;
  return reported(why, why_size, [&] {
    auto *object = OFget<DPMParametricMapIOD>(&map->object);
    if (!object) throw Failed{EC_IllegalCall};
    auto file = std::make_unique<cdicom_file>();
    file->format = std::make_unique<DcmFileFormat>();
    file->xfer = EXS_LittleEndianExplicit;
    need(object->writeDataset(*file->format->getDataset()));
    *result = file.release();
  });
}

void cdicom_map_free(cdicom_map *map) {
  guarded([&] { delete map; return CDICOM_OK; });
}
