using System.Text.Json.Serialization;
using SspNative.Model.Config;

namespace SspNative.Model.Training;

/// <summary>What a training teaches. Files call it Sounding, Sight, Sound or Text, in letters of either case.</summary>
[JsonConverter(typeof(EnumWordsConverter<TrainingObjective>))]
public enum TrainingObjective
{
    /// <summary>The model's task: segmenting what sounds.</summary>
    [JsonStringEnumMemberName("Sounding")]
    Segmentation,

    /// <summary>
    /// Segmenting all that is to be seen by its class, as Mask2Former is trained before AAVS builds on it (not in the paper). Sound and text are not
    /// looked at.
    /// </summary>
    [JsonStringEnumMemberName("Sight")]
    SemanticPretraining,

    /// <summary>Telling by VGGish alone which classes sound in a second, as VGGish is trained before AAVS builds on it (not in the paper).</summary>
    [JsonStringEnumMemberName("Sound")]
    AudioTagging,

    /// <summary>
    /// Telling by the text encoder alone which classes the prompts name, as BERT is trained before SSP builds on it (not in the paper).
    /// </summary>
    [JsonStringEnumMemberName("Text")]
    TextTagging,
}

/// <summary>What follows from an objective.</summary>
public static class TrainingObjectives
{
    /// <summary>Whether the masks of a model that was taught so tell what sounds from what does not, and no classes.</summary>
    public static bool IsBinary(this TrainingObjective objective, SspConfig config) =>
        config.Task == SegmentationTask.Avs && objective == TrainingObjective.Segmentation;
}
