using System.Globalization;
using SspNative.Cli.Terminal;

namespace SspNative.Cli.Training;

/// <summary>
/// How fast a phase goes. The speed is that of the last steps without what lies between epochs; the time left counts everything, as the whole
/// phase took it so far.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="totalSteps">Steps of the phase.</param>
/// <param name="firstStep">Steps taken before this process.</param>
/// <param name="clipsPerStep">Clips of a full step: until a step has been timed, the unit of speed.</param>
internal sealed class TrainingPace(TimeProvider time, int totalSteps, int firstStep, int clipsPerStep)
{
    private const int StepsTimed = 20;

    private readonly long _begun = time.GetTimestamp();
    private readonly Queue<(TimeSpan Time, int Clips)> _recent = new();

    private long _stepBegun = time.GetTimestamp();
    private int _taken;

    public int TotalSteps => totalSteps;

    /// <summary>Steps taken, with those before this process.</summary>
    public int Steps { get; private set; } = firstStep;

    public double Share => totalSteps > 0 ? (double)Steps / totalSteps : 0;

    public string Speed
    {
        get
        {
            double seconds = _recent.Sum(s => s.Time.TotalSeconds);
            return seconds > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{_recent.Sum(s => s.Clips) / seconds:0.00} clips/s")
                : string.Create(CultureInfo.InvariantCulture, $"{clipsPerStep} clips a step");
        }
    }

    /// <summary>Hours, minutes and seconds.</summary>
    public string Left
    {
        get
        {
            if (_taken == 0)
                return "not known yet";
            TimeSpan left = time.GetElapsedTime(_begun) / _taken * Math.Max(0, totalSteps - Steps);
            return Output.Hours(left);
        }
    }

    public void Step(int step, int clips)
    {
        _recent.Enqueue((time.GetElapsedTime(_stepBegun), clips));
        if (_recent.Count > StepsTimed)
            _recent.Dequeue();
        Steps = step;
        _taken++;
        _stepBegun = time.GetTimestamp();
    }

    /// <summary>What was done since the last step is not part of the next one.</summary>
    public void Pause() => _stepBegun = time.GetTimestamp();
}
