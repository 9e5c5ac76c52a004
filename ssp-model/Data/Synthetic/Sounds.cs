using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>Writes a thing's sound for as long as the span is, at 16 kHz, at any loudness.</summary>
internal delegate void Synthesis(Span<double> sound, SplitMix64 random);

/// <summary>
/// What the things sound like. Each is built from a different principle (struck partials, sweeps, formants, clicks, plucked
/// strings, modulated noise, steady harmonics), and every second of it holds at least one event, so that any second can be told.
/// </summary>
internal static class Sounds
{
    private const int Rate = ClipSource.AudioRate;

    /// <summary>One stroke a second: the inharmonic partials of a church bell, the high ones fading first.</summary>
    public static void Bell(Span<double> sound, SplitMix64 random)
    {
        double strike = random.Between(760, 1050);
        (double Ratio, double Level)[] partials =
            [(0.5, 0.5), (1, 1), (1.2, 0.7), (1.5, 0.4), (2, 0.9), (2.67, 0.5), (3.01, 0.4), (4.17, 0.35), (5.43, 0.25)];
        foreach (int start in Events(sound.Length, 1, 0, random))
            foreach ((double ratio, double level) in partials)
                Tone(sound[start..], ratio * strike, level, 1.2 / (0.5 + 0.5 * ratio));
    }

    /// <summary>Chirps: sweeps between 2.5 and 5.5 kHz, six a second.</summary>
    public static void Bird(Span<double> sound, SplitMix64 random)
    {
        double centre = random.Between(3300, 4300);
        foreach (int start in Events(sound.Length, 6, 0.02, random))
        {
            Span<double> chirp = Window(sound, start, random.Between(0.07, 0.12));
            double phase = 0, span = random.Between(500, 1100), bend = random.Between(0.7, 1.3);
            for (int i = 0; i < chirp.Length; i++)
            {
                double t = (double)i / chirp.Length;
                phase += Math.Tau * (centre + span * Math.Sin(Math.PI * (2 * t * bend - 0.5))) / Rate;
                chirp[i] += Math.Sin(phase) * Math.Sin(Math.PI * t);
            }
        }
    }

    /// <summary>Meows: a voice whose pitch rises and falls, its formants opening and closing.</summary>
    public static void Cat(Span<double> sound, SplitMix64 random)
    {
        double pitch = random.Between(380, 520);
        foreach (int start in Events(sound.Length, 1.25, 0.01, random))
        {
            Span<double> meow = Window(sound, start, 0.7);
            double phase = 0;
            for (int i = 0; i < meow.Length; i++)
            {
                double t = (double)i / meow.Length, open = Math.Sin(Math.PI * t);
                double f = pitch * (1 + 0.45 * open);
                phase += Math.Tau * f / Rate;
                for (int k = 1; k * f < 4000; k++)
                    meow[i] += open * Math.Sin(k * phase)
                        * (Formant(k * f, 700 + 500 * open, 250) + 0.7 * Formant(k * f, 1500 + 800 * open, 350));
            }
        }
    }

    /// <summary>Ticks and tocks, four a second: clicks with a short hard ring and silence between.</summary>
    public static void Clock(Span<double> sound, SplitMix64 random)
    {
        double ring = random.Between(1900, 2500);
        int count = 0;
        foreach (int start in Events(sound.Length, 4, 0, random))
        {
            double f = count++ % 2 == 0 ? ring : 0.78 * ring;
            Tone(sound[start..], f, 1, 0.022);
            Tone(sound[start..], 2.76 * f, 0.6, 0.012);
            Noise(Window(sound, start, 0.006), 0.8, 1, random);
        }
    }

    /// <summary>Strokes, three a second: a falling low tone and a burst of noise.</summary>
    public static void Drum(Span<double> sound, SplitMix64 random)
    {
        double low = random.Between(70, 105);
        foreach (int start in Events(sound.Length, 3, 0.02, random))
        {
            Span<double> stroke = Window(sound, start, 0.3);
            double phase = 0;
            for (int i = 0; i < stroke.Length; i++)
            {
                double t = (double)i / Rate;
                phase += Math.Tau * low * (1 + 1.3 * Math.Exp(-t / 0.03)) / Rate;
                stroke[i] += Math.Sin(phase) * Math.Exp(-t / 0.09);
            }
            Noise(Window(sound, start, 0.05), 0.5, 0.35, random);
        }
    }

    /// <summary>A siren between two tones, half a second each, rich in odd harmonics.</summary>
    public static void EmergencyCar(Span<double> sound, SplitMix64 random)
    {
        double low = random.Between(620, 720), phase = 0, f = low;
        for (int i = 0; i < sound.Length; i++)
        {
            double wanted = i / (Rate / 2) % 2 == 0 ? low : 1.33 * low;
            f += (wanted - f) * 0.002;
            phase += Math.Tau * f / Rate;
            sound[i] += Math.Sin(phase) + 0.5 * Math.Sin(3 * phase) + 0.25 * Math.Sin(5 * phase);
        }
    }

    /// <summary>An arpeggio of plucked strings, four notes a second. Source: Karplus and Strong 1983.</summary>
    public static void Guitar(Span<double> sound, SplitMix64 random)
    {
        double root = random.Between(98, 147);
        double[] chord = [1, 1.5, 2, 2.52, 3];
        foreach (int start in Events(sound.Length, 4, 0.01, random))
        {
            Span<double> note = Window(sound, start, 0.9);
            double[] line = new double[(int)(Rate / (root * random.Choose(chord)))];
            for (int i = 0; i < line.Length; i++)
                line[i] = random.Between(-1, 1);
            for (int i = 0; i < note.Length; i++)
            {
                int at = i % line.Length;
                note[i] += line[at];
                line[at] = 0.498 * (line[at] + line[(at + 1) % line.Length]);
            }
        }
    }

    /// <summary>Rotor blades: dark noise that swells eleven or so times a second over a hum.</summary>
    public static void Helicopter(Span<double> sound, SplitMix64 random)
    {
        double blades = random.Between(9.5, 13), hum = random.Between(75, 95), dark = 0, darker = 0;
        for (int i = 0; i < sound.Length; i++)
        {
            dark += 0.22 * (random.Between(-1, 1) - dark);
            darker += 0.22 * (dark - darker);
            double swell = Math.Pow(0.5 + 0.5 * Math.Sin(Math.Tau * blades * i / Rate), 3);
            sound[i] += darker * (0.25 + 2.4 * swell) + 0.12 * Math.Sin(Math.Tau * hum * i / Rate) * (0.5 + swell);
        }
    }

    /// <summary>Chords of struck strings, twice a second: nearly harmonic partials with a soft attack.</summary>
    public static void Piano(Span<double> sound, SplitMix64 random)
    {
        double root = random.Between(196, 294);
        double[][] chords = [[1, 1.26, 1.5], [1, 1.335, 1.68], [0.944, 1.335, 1.5]];
        foreach (int start in Events(sound.Length, 2, 0, random))
            foreach (double ratio in random.Choose(chords))
                for (int k = 1; k <= 6; k++)
                    Tone(sound[start..], root * ratio * k * Math.Sqrt(1 + 0.0006 * k * k), 1.0 / (k * k), 0.5 / Math.Sqrt(k));
    }

    /// <summary>Held notes of a bright harmonic spectrum with vibrato.</summary>
    public static void Trumpet(Span<double> sound, SplitMix64 random)
    {
        double root = random.Between(300, 420);
        double[] scale = [1, 1.125, 1.25, 1.5];
        foreach (int start in Events(sound.Length, 1.5, 0, random))
        {
            Span<double> note = Window(sound, start, 0.62);
            double f = root * random.Choose(scale), phase = 0;
            for (int i = 0; i < note.Length; i++)
            {
                double t = (double)i / Rate;
                double attack = 1 - Math.Exp(-t / 0.03), end = Math.Clamp((note.Length - i) / (0.04 * Rate), 0, 1);
                phase += Math.Tau * f * (1 + 0.006 * Math.Sin(Math.Tau * 5.5 * t)) / Rate;
                double loud = end;
                for (int k = 1; k * f < 5500; k++)
                    note[i] += (loud *= attack) * Math.Sin(k * phase) * (0.25 + Formant(k * f, 1400, 900));
            }
        }
    }

    /// <summary>Starts of events that come so often a second, each late by up to some seconds.</summary>
    private static List<int> Events(int length, double perSecond, double late, SplitMix64 random)
    {
        var starts = new List<int>();
        for (double t = 0; t * Rate < length; t += 1 / perSecond)
            starts.Add(Math.Min(length - 1, (int)((t + random.Between(0, late)) * Rate)));
        return starts;
    }

    private static Span<double> Window(Span<double> sound, int start, double seconds) =>
        sound.Slice(start, Math.Min(sound.Length - start, (int)(seconds * Rate)));

    /// <summary>Adds a sine that sets in within two milliseconds and fades by 1/e in the given time.</summary>
    private static void Tone(Span<double> sound, double frequency, double level, double fade)
    {
        int length = Math.Min(sound.Length, (int)(7 * fade * Rate));
        // One turn of a shrinking pointer a sample, in place of a sine and an exponential.
        double shrink = Math.Exp(-1 / (fade * Rate));
        (double sin, double cos) = Math.SinCos(Math.Tau * frequency / Rate);
        (double x, double y) = (level, 0);
        for (int i = 0; i < length; i++)
        {
            sound[i] += Math.Min(1, i / (0.002 * Rate)) * y;
            (x, y) = (shrink * (x * cos - y * sin), shrink * (x * sin + y * cos));
        }
    }

    /// <summary>Adds a burst of noise that fades to nothing.</summary>
    /// <param name="brightness">0…1: how little of it is filtered away; 1 is white.</param>
    private static void Noise(Span<double> sound, double level, double brightness, SplitMix64 random)
    {
        double filtered = 0;
        for (int i = 0; i < sound.Length; i++)
        {
            filtered += brightness * (random.Between(-1, 1) - filtered);
            sound[i] += level * filtered * (1 - (double)i / sound.Length);
        }
    }

    /// <summary>A resonance: how strongly a frequency sounds, 1 at the centre.</summary>
    private static double Formant(double frequency, double centre, double width)
    {
        double off = (frequency - centre) / width;
        return Math.Exp(-0.5 * off * off);
    }
}
