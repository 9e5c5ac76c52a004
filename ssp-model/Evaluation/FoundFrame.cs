using SspNative.Model.Networks;

namespace SspNative.Model.Evaluation;

/// <summary>What was found in a frame.</summary>
/// <param name="Mask">Labels and confidence at the frame's size.</param>
/// <param name="At224">The same at 224²; null where no protocol asks for it.</param>
internal sealed record FoundFrame(SegmentedMask Mask, FoundAt224? At224);

/// <summary>What was found in a frame, at 224².</summary>
/// <param name="Scores">Of the background and of what sounds (2,224,224); empty of semantic masks.</param>
/// <param name="Labels">(224,224); empty of binary masks.</param>
internal sealed record FoundAt224(float[] Scores, byte[] Labels);
