"""The lessons, in the order of a first course: one entry each, in the file of its chapter."""

from core.lessons import depth, limits, measuring, memorising, outputs, seeing, steps
from core.lessons.lesson import Lesson

CHAPTERS: dict[str, tuple[Lesson, ...]] = {
    "What a line cannot do": limits.LESSONS,
    "Losses and outputs": outputs.LESSONS,
    "Steps downhill": steps.LESSONS,
    "Depth, and the gradient it loses": depth.LESSONS,
    "Learning by heart": memorising.LESSONS,
    "Honest numbers": measuring.LESSONS,
    "Pictures and sequences": seeing.LESSONS,
}
LESSONS: dict[str, Lesson] = {lesson.id: lesson for lessons in CHAPTERS.values() for lesson in lessons}
