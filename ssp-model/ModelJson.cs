using System.Text.Json.Serialization;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Evaluation;
using SspNative.Model.Losses;
using SspNative.Model.Results;
using SspNative.Model.Training;
using SspNative.Model.Weights;

[assembly: JsonTypes<ModelJson>]

namespace SspNative.Model;

/// <summary>Every type of the model that is read from JSON or written as JSON, known when this is compiled. Types inside them follow by themselves.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SspConfig))]
[JsonSerializable(typeof(AavsConfig))]
[JsonSerializable(typeof(CriterionConfig))]
[JsonSerializable(typeof(ModelCard.MaskOptions))]
[JsonSerializable(typeof(TrainingPlan))]
[JsonSerializable(typeof(TrainingRecipe))]
[JsonSerializable(typeof(TrainingState))]
[JsonSerializable(typeof(ClipRecord))]
[JsonSerializable(typeof(DataSetCard))]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(WrongSoundReport))]
[JsonSerializable(typeof(MaskDirectory.Summary))]
[JsonSerializable(typeof(SegmentationReport))]
[JsonSerializable(typeof(IReadOnlyList<WeightReport>))]
internal sealed partial class ModelJson : JsonSerializerContext;
