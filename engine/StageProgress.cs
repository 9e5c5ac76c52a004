namespace SspNative.Engine;

/// <summary>Hears how far a run has come.</summary>
/// <param name="stage">What is being done.</param>
/// <param name="done">Steps done.</param>
/// <param name="total">Steps of the stage.</param>
public delegate void StageProgress(string stage, int done, int total);
